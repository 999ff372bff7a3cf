/**
 * One deployment: an image made bootable on a host (docs/formats/sysroot.md, "Deployments"). An entry of the record, and as
 * `state/deploy/<id>/deployment.json` what the record can be rebuilt from.
 */
import { commitNameProblem, freeTextProblem, versionProblem } from '../commit/fields.js';
import { time } from '../time.js';
import { FormatError } from '../../util/errors.js';
import { parseTypedDigest } from '../digest-text.js';
import {
  count,
  flag,
  listOf,
  matching,
  object,
  oneOf,
  optional,
  required,
  requireShape,
  text,
  type Rule,
  type Shape,
} from '../shape.js';
import { parseJsonDocument } from '../json-document.js';
import { packagesSince, type PackagesSince } from '../packages/counts.js';

/**
 * Name of a deployment, of its state directory, and value of `rootseal.state=`: the image's hex digits, with `.<n>` (1 to 9999)
 * for a further deployment of the same image.
 */
export type DeploymentId = string;

/** A kernel argument, and who wants it. */
export interface KernelArgument {
  /** As it stands on the command line. */
  readonly value: string;
  /** `rootseal`, `install`, `verb`, `image:<file>` or `machine:<file>`. */
  readonly from: string;
}

/** Where upgrades come from. */
export interface Origin {
  readonly remote: string;
  readonly branch: string;
}

/** What is known about its boots: nothing yet, one was blessed, or it failed. */
export type Boots = 'unknown' | 'good' | 'bad';

/** Kernel and initramfs on the ESP, or the unified kernel image that holds both. */
export interface DeployedKernel {
  readonly release: string;
  /** Names their directory. */
  readonly hash: string;
  /**
   * Absent with `uki`, and when an earlier version made the hash, of the contents of kernel and initramfs alone
   * (docs/formats/disk.md).
   */
  readonly sizes?: KernelSizes;
  /** Bytes of the unified kernel image; absent when kernel and initramfs are files of their own. */
  readonly uki?: number;
}

/** Kernel and initramfs as this version names them. */
export type SeparateKernel = DeployedKernel & Required<Pick<DeployedKernel, 'sizes'>>;

/** In bytes. */
export interface KernelSizes {
  readonly vmlinuz: number;
  readonly initrd: number;
}

export interface Deployment {
  readonly id: DeploymentId;
  /** Counts what was made the default on this host, from 1; the highest that can be booted is what the boot loader takes. */
  readonly serial: number;
  readonly commit: string;
  /** Typed digest. */
  readonly image: string;
  readonly name: string;
  /** The commit's version. */
  readonly release: string;
  readonly sequence: number;
  /** What the boot menu shows. */
  readonly title: string;
  readonly kernel: DeployedKernel;
  readonly arguments: readonly KernelArgument[];
  readonly origin?: Origin;
  /** Names of the keys that had sealed it when it was deployed. */
  readonly keys: readonly string[];
  readonly pinned: boolean;
  readonly boots: Boots;
  /** Boots that may fail before it counts as bad; 0 switches counting off. */
  readonly tries: number;
  readonly created: string;
  /** When a boot of it was found good for the last time. */
  readonly blessed?: string;
  readonly failure?: { readonly time: string; readonly reason: string };
  /** What it changes against the release that ran when it was deployed; absent where that could not be known. */
  readonly packages?: PackagesSince;
}

const imageDigest: Rule = (value) => {
  if (typeof value !== 'string') return 'expected a string';
  parseTypedDigest(value);
  return undefined;
};

const ID = /^(?:[0-9a-f]{64}|[0-9a-f]{128})(?:\.[1-9][0-9]{0,3})?$/;
const FORMAT = 'deployment';
const ARGUMENTS_MAX = 256;
const KEYS_MAX = 32;
/** Longest document, in bytes. */
export const DEPLOYMENT_SIZE_MAX = 1 << 18;

/** Whether `text` is spelled like the id of a deployment. */
export function isDeploymentId(text: string): boolean {
  return ID.test(text);
}

/** A deployment's id. */
export const deploymentId = matching(ID, 'the hex digits of an image, perhaps with .<n>');

const kernel = object({
  release: required(text(freeTextProblem)),
  hash: required(matching(/^[0-9a-f]{32}$/, '32 lower-case hex digits')),
  sizes: optional(object({ vmlinuz: required(count), initrd: required(count) })),
  uki: optional(count),
});

/** What is started is kernel and initramfs, or one unified kernel image. */
const oneKind: Rule = (value, field) => {
  const problem = kernel(value, field);
  if (problem !== undefined) return problem;
  const { sizes, uki } = value as DeployedKernel;
  return sizes !== undefined && uki !== undefined ? 'has both sizes and uki' : undefined;
};

/** What a deployment's fields must be. */
export const DEPLOYMENT: Shape = {
  id: required(deploymentId),
  serial: required(count),
  commit: required(matching(/^[0-9a-f]{64}$/, 'a commit id')),
  image: required(imageDigest),
  name: required(text(commitNameProblem)),
  release: required(text(versionProblem)),
  sequence: required(count),
  title: required(text(freeTextProblem)),
  kernel: required(oneKind),
  arguments: required(
    listOf(
      object({ value: required(text(freeTextProblem)), from: required(text(freeTextProblem)) }),
      ARGUMENTS_MAX,
    ),
  ),
  origin: optional(
    object({ remote: required(text(freeTextProblem)), branch: required(text(freeTextProblem)) }),
  ),
  keys: required(listOf(text(freeTextProblem), KEYS_MAX)),
  pinned: required(flag),
  boots: required(oneOf('unknown', 'good', 'bad')),
  tries: required(count),
  created: required(time),
  blessed: optional(time),
  failure: optional(object({ time: required(time), reason: required(text(freeTextProblem)) })),
  packages: optional(packagesSince),
};

/** @throws {FormatError} naming the field that is wrong */
export function parseDeployment(bytes: Uint8Array): Deployment {
  const value = parseJsonDocument(FORMAT, bytes, DEPLOYMENT_SIZE_MAX);
  requireShape(FORMAT, value, DEPLOYMENT);
  return value as unknown as Deployment;
}

/** Says which field of a deployment is wrong, or nothing. */
export function deploymentProblem(value: unknown): string | undefined {
  try {
    requireShape(FORMAT, value, DEPLOYMENT);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/** The bytes of `deployment.json`. */
export function printDeployment(deployment: Deployment): string {
  return `${JSON.stringify(deployment, undefined, 1)}\n`;
}

/** Whether a deployment starts from a unified kernel image, whose command line is part of it. */
export function isUnified(deployment: { readonly kernel: Pick<DeployedKernel, 'uki'> }): boolean {
  return deployment.kernel.uki !== undefined;
}

/** The hex digits of a deployment's image: the name of its object and link. */
export function imageHex(deployment: { readonly image: string }): string {
  return parseTypedDigest(deployment.image).digest;
}
