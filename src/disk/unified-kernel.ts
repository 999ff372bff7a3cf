/** The unified kernel image that a machine is to start from: that of the commit, vouched for, and its command line. */
import { verifySignature } from '../formats/authenticode/verify-pe.js';
import type { CommitId } from '../formats/commit/commit.js';
import type { DeployedKernel, KernelArgument } from '../formats/deployment/deployment.js';
import { identifyUki } from '../formats/deployment/kernel-files.js';
import { showArgument } from '../formats/kargs.js';
import { parseUki } from '../formats/uki/parse-uki.js';
import { imageArgument } from '../formats/uki/image-argument.js';
import type { Certificate } from '../formats/x509/certificate.js';
import type { Revision } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { readUki } from '../repo/ukis.js';
import { RootsealError } from '../util/errors.js';
import { configuredArguments } from './configured-arguments.js';
import { requireUkiOf } from './uki/compare-uki.js';

/** Only commands that go on as a host does have `--no-uki`. */
const OTHER_WAY =
  'without --uki (on a host that starts from one: with --no-uki of deploy, upgrade or switch), kernel and initramfs are started';

/** What a deployment is started from. */
export interface UnifiedKernel {
  readonly bytes: Buffer;
  readonly kernel: DeployedKernel;
  /** Of the command line inside. */
  readonly arguments: readonly KernelArgument[];
  /** Whether whatever vouches for the commit vouches for all of it. */
  readonly followsFromCommit: boolean;
}

/**
 * @throws {RootsealError} PATH_NOT_FOUND when the commit has none; DIGEST_MISMATCH when what it has is not that of the commit;
 *   FORMAT_INVALID when it is malformed
 */
export async function requireUnifiedKernel(
  repository: Repository,
  revision: Revision,
  signal?: AbortSignal,
): Promise<UnifiedKernel> {
  const { id } = revision;
  const bytes = await readUki(repository, id);
  if (bytes !== undefined) return checkUnifiedKernel(repository, revision, bytes, signal);
  throw noUnifiedKernel(id);
}

/** Of a commit that is to be started from the unified kernel image that it does not have. */
export function noUnifiedKernel(id: CommitId): RootsealError {
  return new RootsealError('PATH_NOT_FOUND', `commit ${id} has no unified kernel image`, {
    details: { commitId: id },
    hint: `whoever publishes it makes one with \`uki build\`, and a pull brings it; ${OTHER_WAY}`,
  });
}

/** The same of what is taken for that of the commit. @throws {RootsealError} as `requireUnifiedKernel` */
export async function checkUnifiedKernel(
  repository: Repository,
  revision: Revision,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<UnifiedKernel> {
  const { followsFromCommit } = await requireUkiOf(repository, revision, bytes, signal);
  const { release } = parseUki(bytes);
  const list = await unifiedArguments(repository, revision);
  return { bytes, kernel: identifyUki(release, bytes), arguments: list, followsFromCommit };
}

/** The same on every machine, so only the image has a say in it. */
async function unifiedArguments(
  repository: Repository,
  { commit, tree }: Revision,
): Promise<readonly KernelArgument[]> {
  const image: KernelArgument = { value: imageArgument(commit.image), from: 'rootseal' };
  const list = [image, ...(await configuredArguments(repository, tree, undefined))];
  return list.filter(({ value }, index) => list.findIndex((one) => one.value === value) === index);
}

/**
 * With another stub than the image's own, or with the signed policy of a TPM, no seal says anything of all of it.
 * @param certificates one of which may vouch for it
 * @throws {RootsealError} SEAL_UNTRUSTED when nobody does
 */
export function requireVouched(
  { bytes, followsFromCommit }: UnifiedKernel,
  certificates: readonly Certificate[],
): void {
  if (followsFromCommit || verifySignature(bytes, certificates) !== undefined) return;
  throw new RootsealError(
    'SEAL_UNTRUSTED',
    'the unified kernel image has another stub than the image, or the signed policy of a TPM: no seal vouches for that, and no certificate does',
    {
      hint: 'a machine with Secure Boot asks the db of its firmware; --cert FILE names a certificate that vouches for it when a disk is made',
    },
  );
}

/**
 * @param wanted arguments that somebody wants to add or to take away
 * @throws {RootsealError} USAGE when there is any
 */
export function requireNoArguments(wanted: readonly string[]): void {
  const [first] = wanted;
  if (first === undefined) return;
  throw new RootsealError(
    'USAGE',
    `kernel argument ${showArgument(first)}: a unified kernel image has its command line inside, and no machine can change it`,
    {
      hint: `what all machines are to say belongs in the image: rootseal-kargs.d(5); ${OTHER_WAY}`,
    },
  );
}
