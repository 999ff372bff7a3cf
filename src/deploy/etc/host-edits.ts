/** What was changed in `/etc`, and what the next image will change in it. */
import type { EtcMount } from '../../formats/seal/policy.js';
import type { Inode, RegularFile, Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';
import { toDisplay } from '../../util/bytes.js';
import { withPauses } from '../../util/pauses.js';
import type { DirectoryBeneath } from '../host/beneath.js';
import { listChanges, type TreeChange } from './changes.js';
import { openMachineEtc, type MachineEtc } from './machine.js';
import type { EtcReport } from './merge-trees.js';
import { etcOf, makeComparison, planMerge, untilStill, type EtcSources } from './merge.js';
import { diffTexts, TEXT_MAX, type TextDiff, type Undiffable } from './text-diff.js';

export interface EtcChange {
  /** Added, modified, deleted. */
  readonly kind: 'A' | 'M' | 'D';
  /** `/etc/…`, for people. */
  readonly path: string;
  /** `type`, `content`, `mode`, `uid`, `gid`, `target`, `device`, `xattr NAME`; empty unless it was modified. */
  readonly what: readonly string[];
  /** Where contents were asked for and differ: how, as `diff -u` says it. */
  readonly diff?: string;
  /** Why there is no `diff`. */
  readonly undiffable?: Undiffable;
}

export interface EtcDiffRequest {
  readonly repository: Repository;
  /** The image that the machine runs. */
  readonly base: Tree;
  /** The deployment's `etc`. */
  readonly mine: DirectoryBeneath;
  readonly mode: EtcMount;
  /** Whether contents are compared line by line. */
  readonly contents: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The machine's changes to the `/etc` of its image, in byte order of paths. @throws {RootsealError} as `mergeEtc` */
export async function diffEtc(request: EtcDiffRequest): Promise<EtcChange[]> {
  const { repository, mode, mine, contents, signal } = request;
  return untilStill(request, async () => {
    const base = etcOf(request.base);
    const machine = await openMachineEtc({ repository, base, directory: mine, mode, signal });
    try {
      const listed = listChanges(base, machine.tree, makeComparison(machine));
      const changes = await withPauses(listed, signal);
      return await describeChanges(changes, { repository, machine, contents });
    } finally {
      machine.close();
    }
  });
}

/** What the merge would come to now, and what it would change. Nothing is written. @throws {RootsealError} as `mergeEtc` */
export async function previewMerge(
  sources: EtcSources,
  contents: boolean,
): Promise<EtcReport & { readonly changes: readonly EtcChange[] }> {
  const { repository } = sources;
  return untilStill(sources, async () => {
    const { tree, report, machine, comparison } = await planMerge(sources);
    try {
      const listed = listChanges(machine.tree, tree, comparison);
      const changes = await withPauses(listed, sources.signal);
      return {
        ...report,
        changes: await describeChanges(changes, { repository, machine, contents }),
      };
    } finally {
      machine.close();
    }
  });
}

interface Contents {
  readonly repository: Repository;
  readonly machine: MachineEtc;
  readonly contents: boolean;
}

async function describeChanges(
  changes: readonly TreeChange[],
  contents: Contents,
): Promise<EtcChange[]> {
  const described: EtcChange[] = [];
  for (const change of changes) {
    const { kind, what } = change;
    const path = toDisplay(change.path);
    described.push({ kind, path, what, ...(await diffContents(path, change, contents)) });
  }
  return described;
}

async function diffContents(
  path: string,
  change: TreeChange,
  { repository, machine, contents }: Contents,
): Promise<TextDiff | undefined> {
  if (!contents || !hasContentChange(change)) return undefined;
  const [from, to] = [fileOf(change.before), fileOf(change.after)];
  if (Math.max(from?.size ?? 0, to?.size ?? 0) > TEXT_MAX) return { undiffable: 'large' };
  const read = async (file: RegularFile | undefined) => {
    if (file === undefined) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of machine.content(repository, file)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return diffTexts(path, await read(from), await read(to));
}

function hasContentChange({ kind, what, before, after }: TreeChange): boolean {
  if (before?.kind !== 'file' && after?.kind !== 'file') return false;
  return kind !== 'M' || what.includes('content') || what.includes('type');
}

function fileOf(inode: Inode | undefined): RegularFile | undefined {
  return inode?.kind === 'file' ? inode : undefined;
}
