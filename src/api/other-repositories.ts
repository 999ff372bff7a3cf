/** Remotes: other repositories that commits are pulled from. */
import type { LongCallOptions } from './call-options.js';
import type { Commit } from './commit-document.js';
import type { Trust } from './seal-report.js';

/** Where commits come from, and whom one has to trust for them. */
export interface Remote {
  /** Pulled branches are called `<name>/<branch>` here. */
  readonly name: string;
  /** `http://`, `https://` or `file://` and a path, or an absolute path. */
  readonly url: string;
  /** Absolute path of a directory of verifier keys in place of the host's. */
  readonly keys?: string;
  /** Absolute path of a policy file in place of the host's. */
  readonly policy?: string;
}

export interface PullRequest extends LongCallOptions {
  /** One that the repository has by this name, or any. */
  readonly remote: string | Remote;
  readonly branch: string;
  /** Id of the commit that is wanted in place of the branch's; the remote need not have the branch then. */
  readonly commit?: string | undefined;
  /** Whom to trust; by default whom the remote says, else the host's trust. */
  readonly trust?: Trust | undefined;
  /**
   * Only finds out what is to be fetched. For that it fetches commit, seal and image, and names none of them; the image is kept for
   * the pull that follows.
   */
  readonly dryRun?: boolean | undefined;
  /** Told one line when the remote does not answer and is asked again. */
  readonly onRetry?: ((line: string) => void) | undefined;
}

export interface PullResult {
  /** Id of the commit. */
  readonly id: string;
  readonly commit: Commit;
  /** Whether the repository was changed: false when all of it was there, and after a dry run. */
  readonly changed: boolean;
  /** Objects that came, or are to come after a dry run; the image is one. */
  readonly objects: number;
  /** Bytes that came, or are to come, the image's among them unless a dry run has fetched it. */
  readonly bytes: number;
}
