/**
 * Whether a deployment of the record may be put on the ESP at this moment. The record lies on the disk and nothing vouches for it,
 * so what it says is held against commit, seal and image once more.
 */
import { isDeepStrictEqual } from 'node:util';
import { configuredArguments } from '../../disk/configured-arguments.js';
import { checkUnifiedKernel, requireUnifiedKernel } from '../../disk/unified-kernel.js';
import type { Commit } from '../../formats/commit/commit.js';
import {
  imageHex,
  isUnified,
  type Deployment,
  type KernelArgument,
} from '../../formats/deployment/deployment.js';
import { argumentProblem, kernelKey, showArgument } from '../../formats/kargs.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import type { Tree } from '../../formats/tree/model.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import type { Revisions } from '../../repo/revisions.js';
import { RootsealError } from '../../util/errors.js';
import { requireTrusted } from '../image/deployable.js';
import { deployedUki } from '../image/deployed-uki.js';
import { acceptUnified, type UkiTrust } from '../image/uki.js';

export interface AcceptOptions extends Partial<Pick<UkiTrust, 'firmware' | 'certificates'>> {
  /** Whether the image's own trust is not asked. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Root directory of the ESP. */
  readonly boot: string;
}

/**
 * @param host whom the host trusts; undefined before its first deployment
 * @throws {RootsealError} SEAL_* or DIGEST_MISMATCH when the seal is refused, or the record says what commit, image and unified kernel
 *   image do not, or the firmware starts no such; REVISION_NOT_FOUND, OBJECT_NOT_FOUND, OBJECT_CORRUPT, PATH_NOT_FOUND when they are
 *   not there
 */
export async function requireAccepted(
  revisions: Revisions,
  deployment: Deployment,
  host: SealTrust | undefined,
  options: AcceptOptions,
): Promise<void> {
  const { repository } = revisions;
  const revision = await revisions.read(deployment.commit, options.signal);
  requireSame(deployment, revision.commit);
  const keys = await requireTrusted(repository, revision, host, options);
  const { firmware, certificates } = options;
  const trust = { firmware, isSealed: keys.length > 0, certificates };
  const place = { repository, boot: options.boot };
  if (isUnified(deployment)) await requireSameUki(place, revision, deployment, trust);
  else await requireKnownArguments(repository, revision.tree, deployment);
}

function requireSame(deployment: Deployment, commit: Commit): void {
  const { id, image, name, release, sequence } = deployment;
  const isSame =
    image === commit.image &&
    name === commit.name &&
    release === commit.version &&
    sequence === commit.sequence;
  if (isSame && id.split('.')[0] === imageHex(deployment)) return;
  throw new RootsealError(
    'DIGEST_MISMATCH',
    `the record says of deployment ${id} what its commit does not say`,
    { details: { deployment: id, commitId: deployment.commit } },
  );
}

/** What is copied to the ESP, or is there already, is what was looked at here: `kernel` of the record has its hash. */
async function requireSameUki(
  { repository, boot }: { readonly repository: Repository; readonly boot: string },
  revision: Revision,
  deployment: Deployment,
  trust: UkiTrust,
): Promise<void> {
  const { id, image, kernel, arguments: list } = deployment;
  const bytes = await deployedUki(repository, boot, deployment);
  const unified =
    bytes === undefined
      ? await requireUnifiedKernel(repository, revision)
      : await checkUnifiedKernel(repository, revision, bytes);
  const accepted = acceptUnified(unified, revision, trust);
  const isSame =
    id === imageHex({ image }) &&
    isDeepStrictEqual(kernel, accepted.kernel) &&
    isDeepStrictEqual(list, accepted.arguments);
  if (isSame) return;
  throw new RootsealError(
    'DIGEST_MISMATCH',
    `the record says of deployment ${id} what the unified kernel image of its commit does not say`,
    { details: { deployment: id, commitId: revision.id } },
  );
}

async function requireKnownArguments(
  repository: Repository,
  tree: Tree,
  deployment: Deployment,
): Promise<void> {
  const isFromImage = ({ from }: KernelArgument) => from.startsWith('image:');
  const asked = deployment.arguments.some(isFromImage)
    ? await configuredArguments(repository, tree, undefined)
    : [];
  const isAsked = (one: KernelArgument) =>
    asked.some(({ value, from }) => value === one.value && from === one.from);
  for (const one of deployment.arguments) {
    const isKnown = isFromImage(one) ? isAsked(one) : isOwn(one, deployment) || isLocal(one);
    if (isKnown) continue;
    throw new RootsealError(
      'DIGEST_MISMATCH',
      `the record has a kernel argument of no known source: ${showArgument(one.value)} of ${one.from}`,
      {
        details: { id: deployment.id },
        hint: '`rootseal kargs --karg-append` adds an argument; deploying the commit again rebuilds the list',
      },
    );
  }
  requireImageNamed(deployment);
}

/** Without it the boot program would be told of another image, or of none. */
function requireImageNamed({ id, image, arguments: list }: Deployment): void {
  if (list.some(({ value }) => value === `composefs.digest=${image}`)) return;
  throw new RootsealError(
    'DIGEST_MISMATCH',
    `the kernel arguments in the record do not name the image of deployment ${id}`,
  );
}

/** What the deployment says of itself. */
function isOwn({ value, from }: KernelArgument, { id, image }: Deployment): boolean {
  const own = [`composefs.digest=${image}`, `rootseal.state=${id}`];
  return from === 'rootseal' && own.includes(value);
}

/** Of the machine itself: what was said at installation, in its /etc, or by hand. */
function isLocal({ value, from }: KernelArgument): boolean {
  const isFree = argumentProblem(value) === undefined;
  if (from === 'install') return isFree || kernelKey(value) === 'root';
  return isFree && (from === 'verb' || from.startsWith('machine:/etc/rootseal/kargs.d/'));
}
