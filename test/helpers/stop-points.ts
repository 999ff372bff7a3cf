/** Who passes which stop point. The kill tests kill each command at all of its own, and fail when it passes others. */
import type { StopPoint } from '../../src/util/stop-point.js';

const FILE = ['file-flushed', 'file-named'] as const;
const SESSION = [
  ...(['objects-staged', 'objects-flushed', 'objects-moved', 'objects-named'] as const),
  'session-published',
] as const;
const NAMES = [...FILE, 'link-made', 'image-linked', 'commit-written', 'seal-written'] as const;

export const PASSED_BY = {
  commit: [...SESSION, ...NAMES, 'ref-written'],
  'seal attach': [...FILE, 'seal-written'],
  gc: ['seals-removed', 'commits-removed', 'images-removed', 'names-flushed', 'object-removed'],
  'fsck --repair': ['object-repaired', ...SESSION, ...NAMES, 'name-repaired'],
  pull: ['object-fetched', 'pull-planned', ...SESSION, ...NAMES, 'ref-written'],
  /** All that change deployments, together. */
  deployments: [
    ...FILE,
    ...(['ref-written', 'deployment-named', 'deployment-forgotten'] as const),
    ...(['plan-made', 'state-made', 'etc-merged', 'kernel-installed', 'floor-set'] as const),
    ...(['record-saved', 'facts-saved', 'entry-written', 'entry-renamed'] as const),
    ...(['entry-removed', 'kernel-removed', 'state-removed', 'record-settled'] as const),
    ...(['etc-written', 'directory-made', 'directory-hidden', 'kernel-copied'] as const),
    ...(['boot-file-flushed', 'boot-file-named', 'boot-file-doubled'] as const),
    ...(['staged-finalized', 'failure-stamped', 'state-set-aside', 'record-rebuilt'] as const),
  ],
  'disk build': ['disk-made'],
} as const satisfies Readonly<Record<string, readonly StopPoint[]>>;
