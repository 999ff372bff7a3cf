/** What can happen to the deployments of a host. */
import type {
  Deployment,
  DeploymentId,
  DeployedKernel,
} from '../../formats/deployment/deployment.js';
import type { Certificate } from '../../formats/x509/certificate.js';

export type Event =
  /** A new deployment: the default at once, or at the end of the running system. Its serial is given here. */
  | {
      readonly is: 'deploy';
      readonly deployment: Deployment;
      readonly staged: boolean;
      /** Whether it is taken although its own initramfs would refuse it. */
      readonly force?: boolean;
      /** An older image is allowed: the floor is not above this from then on. */
      readonly floor?: number;
      /** Which may vouch for what of its unified kernel image no seal does. */
      readonly certificates?: readonly Certificate[] | undefined;
    }
  /** The running system ends: what is staged becomes the default. */
  | { readonly is: 'finalize' }
  | { readonly is: 'rollback' }
  | { readonly is: 'undeploy'; readonly id: DeploymentId }
  | { readonly is: 'pin'; readonly id: DeploymentId; readonly pinned: boolean }
  /** A boot of it came up as it should. */
  | { readonly is: 'bless'; readonly id: DeploymentId; readonly time: string }
  /** A boot of it did not. */
  | {
      readonly is: 'fail';
      readonly id: DeploymentId;
      readonly time: string;
      readonly reason: string;
    }
  /** Somebody looked: this one is running, and of these the boot loader has no tries left. */
  | {
      readonly is: 'observe';
      readonly booted: DeploymentId | null;
      readonly exhausted: readonly DeploymentId[];
      readonly time: string;
    }
  /** An earlier version called the directory of these deployments' kernel otherwise, or a unified kernel image was signed anew. */
  | {
      readonly is: 'rename-kernel';
      readonly ids: readonly DeploymentId[];
      readonly kernel: DeployedKernel;
    }
  /** What nothing needs any more is to go. */
  | { readonly is: 'prune' }
  /** Nothing new; whatever differs from the record is to be put right. */
  | { readonly is: 'repair' };
