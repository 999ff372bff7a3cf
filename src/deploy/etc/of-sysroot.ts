/** `/etc` of a host's deployments: what differs from the image that is running, or will from the one that is staged. */
import { dropOpaqueMarkers } from '../../formats/erofs/overlay.js';
import { imageHex, type Deployment } from '../../formats/deployment/deployment.js';
import { findDeployment } from '../../formats/deployment/record.js';
import type { EtcMount } from '../../formats/seal/policy.js';
import type { Tree } from '../../formats/tree/model.js';
import { readImage } from '../../repo/images.js';
import type { Repository } from '../../repo/repository.js';
import type { Digest } from '../../util/digest.js';
import { RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { etcMountOf } from '../image/image-policy.js';
import { DEPLOY_DIR, loadRecord } from '../record/store.js';
import { diffEtc, previewMerge, type EtcChange } from './host-edits.js';
import type { EtcReport } from './merge-trees.js';

/** `booted`: the machine's changes to its image. `staged`: what will change when what is staged becomes the default. */
export type EtcAgainst = 'booted' | 'staged';

/** The document of `rootseal etc diff --json` (docs/schema/etc-diff.json). */
export interface EtcDiffDocument {
  readonly version: 1;
  readonly against: EtcAgainst;
  /** The image's that `/etc` is compared with. */
  readonly deployment: string;
  /** How the running image has `/etc` mounted. */
  readonly mount: EtcMount;
  readonly changes: readonly EtcChange[];
  /** What the merge comes to; null against `booted`. */
  readonly merge: EtcReport | null;
}

export interface EtcDiffOptions {
  /** Whether contents are compared line by line. */
  readonly contents: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws {RootsealError} PATH_NOT_FOUND when nothing is deployed, or nothing staged; else as `mergeEtc` */
export async function etcDiffOf(
  sysroot: Sysroot,
  against: EtcAgainst,
  { contents, signal }: EtcDiffOptions,
): Promise<EtcDiffDocument> {
  const record = loadRecord(sysroot);
  const running = sysroot.booted?.id ?? record.booted;
  const current = requireDeployment(
    findDeployment(record, running) ?? findDeployment(record, record.default),
    'nothing is deployed here yet',
  );
  const repository = sysroot.repository();
  const lock = await repository.lock('shared', { signal });
  try {
    const base = await readTree(repository, current, signal);
    const mine = { root: sysroot.directory, path: `${DEPLOY_DIR}/${current.id}/etc` };
    const mount = await etcMountOf(repository, base);
    const head = { version: 1, against, mount } as const;
    if (against === 'booted') {
      const changes = await diffEtc({ repository, base, mine, mode: mount, contents, signal });
      return { ...head, deployment: current.id, changes, merge: null };
    }
    const staged = requireDeployment(findDeployment(record, record.staged), 'nothing is staged');
    const theirs = await readTree(repository, staged, signal);
    const sources = { repository, base, mine, oldMode: mount, theirs, signal };
    const { changes, ...merge } = await previewMerge(sources, contents);
    return { ...head, deployment: staged.id, changes, merge };
  } finally {
    lock.release();
  }
}

function requireDeployment(found: Deployment | undefined, otherwise: string): Deployment {
  if (found !== undefined) return found;
  throw new RootsealError('PATH_NOT_FOUND', otherwise, {
    hint: '`rootseal status` lists the deployments',
  });
}

async function readTree(
  repository: Repository,
  deployment: Deployment,
  signal: AbortSignal | undefined,
): Promise<Tree> {
  const tree = await readImage(repository, imageHex(deployment) as Digest, { signal });
  dropOpaqueMarkers(tree);
  return tree;
}
