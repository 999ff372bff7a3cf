/** The `/etc` of a new deployment: the machine's changes to the old image's, on top of the new image's (docs/formats/sysroot.md). */
import fs from 'node:fs';
import type { EtcMount } from '../../formats/seal/policy.js';
import { NO_XATTRS, type Tree } from '../../formats/tree/model.js';
import { subtree } from '../../formats/tree/subtree.js';
import { checkoutTree } from '../../repo/checkout.js';
import type { Repository } from '../../repo/repository.js';
import { ascii } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { stopPoint } from '../../util/stop-point.js';
import type { DirectoryBeneath } from '../host/beneath.js';
import { Comparison } from './compare.js';
import { openMachineEtc, type MachineEtc } from './machine.js';
import { mergeTrees, type EtcReport, type MergedTrees } from './merge-trees.js';
import { upperOf } from './etc-overlay.js';
import { placeDirectory } from './place.js';
import { writeEtcReport } from './etc-report.js';
import { readEtcRules } from './find-rules.js';

/** What is merged. */
export interface EtcSources {
  readonly repository: Repository;
  /** The old image; undefined for the first deployment. */
  readonly base: Tree | undefined;
  /** The old deployment's `etc`; undefined for the first deployment. */
  readonly mine: DirectoryBeneath | undefined;
  readonly oldMode: EtcMount;
  /** The new image. */
  readonly theirs: Tree;
  /** Ends the work; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface EtcRequest extends EtcSources {
  readonly mode: EtcMount;
  /** Absolute path of the new deployment's directory; its `etc` is made, or made again. */
  readonly target: string;
  readonly progress: Progress;
}

/** A merge that was worked out and not written. The machine's files stay open until `close`. */
export interface PlannedMerge extends MergedTrees {
  readonly machine: MachineEtc;
  readonly comparison: Comparison;
}

/** How often the merge starts again when something writes to `/etc` meanwhile. */
const ATTEMPTS = 5;

/**
 * Makes `etc` and the report beside it. Killed at any moment, it leaves `etc` whole or not at all; it can be run again.
 * @throws {RootsealError} FORMAT_INVALID for a malformed rule; PATH_NOT_FOUND when the old `/etc` is gone; TREE_CHANGED when it
 *   does not stand still; UNSUPPORTED for an overlay that was mounted otherwise than by the boot program
 */
export async function mergeEtc(request: EtcRequest): Promise<EtcReport> {
  return untilStill(request, async () => {
    const planned = await planMerge(request);
    try {
      await placeDirectory(
        `${request.target}/etc`,
        async (temporary) => {
          await writeEtc(request, planned, temporary);
          stopPoint('etc-written');
          writeEtcReport(request.target, planned.report);
        },
        request.signal,
      );
      return planned.report;
    } finally {
      planned.machine.close();
    }
  });
}

/** Works a merge out. The caller closes its `machine`. */
export async function planMerge(sources: EtcSources): Promise<PlannedMerge> {
  const { repository, mine, signal } = sources;
  const base = etcOf(sources.base);
  const theirs = etcOf(sources.theirs);
  const machine = await openMachineEtc({
    repository,
    base,
    directory: mine,
    mode: sources.oldMode,
    signal,
  });
  try {
    const comparison = makeComparison(machine);
    const isFirst = sources.base === undefined || mine === undefined;
    const rules = isFirst ? [] : await readEtcRules(repository, machine, sources.theirs);
    const merge = mergeTrees({
      base: base.root,
      mine: isFirst ? base.root : machine.tree.root,
      theirs: theirs.root,
      rules,
      comparison,
    });
    const merged = await withPauses(merge, signal);
    return { ...merged, machine, comparison };
  } catch (error) {
    machine.close();
    throw error;
  }
}

export function makeComparison(machine: MachineEtc): Comparison {
  return new Comparison({
    identify: (file) => machine.identify(file),
    prepare: (file) => machine.identifyInSteps(file),
    privileged: isRoot(),
  });
}

/** `/etc` of an image as a tree; empty where it has none. */
export function etcOf(image: Tree | undefined): Tree {
  const found = image === undefined ? undefined : subtree(image, ascii('/etc'));
  return found ?? { root: { kind: 'directory', ...EMPTY_STAT, children: new Map() } };
}

/** Does it again when something wrote to `/etc` meanwhile. */
export async function untilStill<T>(
  { mine }: { readonly mine: DirectoryBeneath | undefined },
  action: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RootsealError) || error.code !== 'TREE_CHANGED') throw error;
      if (attempt < ATTEMPTS) continue;
      const place = mine === undefined ? '/etc' : `${mine.root}/${mine.path}`;
      throw new RootsealError('TREE_CHANGED', `${place} does not stand still`, {
        cause: error,
        hint: 'stop what writes to /etc, and try again',
      });
    }
  }
}

async function writeEtc(
  { repository, theirs, mode, progress, signal }: EtcRequest,
  { tree, machine, comparison }: PlannedMerge,
  directory: string,
): Promise<void> {
  const { local } = machine;
  const write = (part: Tree, target: string) =>
    checkoutTree(repository, part, target, {
      privileged: isRoot(),
      progress,
      signal,
      ...(local === undefined ? {} : { local }),
    });
  if (mode === 'bind') {
    await write(tree, directory);
    return;
  }
  fs.mkdirSync(directory, { mode: 0o755 });
  if (mode !== 'overlay') return;
  const onCopy = machine.copied.bind(machine);
  const upper = await withPauses(upperOf(etcOf(theirs), tree, { comparison, onCopy }), signal);
  if (upper.root.children.size > 0 && !isRoot())
    throw new RootsealError('PERMISSION_DENIED', 'only root can write changes to an overlay');
  await write(upper, `${directory}/upper`);
  fs.mkdirSync(`${directory}/work`, { mode: 0o755 });
}

const EMPTY_STAT = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 2,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: NO_XATTRS,
};

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
