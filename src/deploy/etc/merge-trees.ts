/** Merges three trees of `/etc`, path by path (docs/formats/sysroot.md, "/etc"). Pure: what differs is asked of a `Comparison`. */
import { ruleFor, type EtcRule, type EtcRuleKind } from '../../formats/etc-rules.js';
import {
  inodeOf,
  type Directory,
  type Entry,
  type Inode,
  type Leaf,
  type Tree,
} from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import type { Steps } from '../../util/steps.js';
import type { Comparison } from './compare.js';
import { decide, type Decision, type EtcConflictKind, type Sides } from './decide-path.js';

export interface EtcConflict {
  /** `/etc/…` */
  readonly path: string;
  readonly kind: EtcConflictKind;
  readonly detail: string;
}

export interface EtcReport {
  /** Paths where what the machine has stays although the new image has something else. */
  readonly kept: number;
  /** Paths where the new image's replaces what the machine has. */
  readonly taken: number;
  /** Paths that both changed, in different ways; the machine's stays. */
  readonly conflicts: readonly EtcConflict[];
  /** What a rule took from the image although it was changed here. */
  readonly replaced: readonly string[];
}

export interface MergedTrees {
  /** Made of inodes of `mine` and `theirs`; directories are new. */
  readonly tree: Tree;
  readonly report: EtcReport;
}

/** The roots are those of `/etc`. */
export interface MergeInput extends Sides<Directory> {
  readonly base: Directory;
  readonly mine: Directory;
  readonly theirs: Directory;
  readonly rules: readonly EtcRule[];
  readonly comparison: Comparison;
}

const MACHINE_ID = '/etc/machine-id';

/** One path on its way. */
interface Frame {
  readonly path: ByteString;
  readonly name: ByteString;
  readonly sides: Sides<Inode>;
  readonly decision: Decision;
  /** Names below it that are still to be merged. */
  readonly names: ByteString[];
  /** What became of those that were. */
  readonly children: Map<ByteString, Entry>;
}

/** A step is a path, or a piece of a content. */
export function mergeTrees(input: MergeInput): Steps<MergedTrees> {
  return new TreeMerge(input).run();
}

class TreeMerge {
  private readonly input: MergeInput;
  private readonly placed = new Set<Leaf>();
  private readonly conflicts: EtcConflict[] = [];
  private readonly replaced: string[] = [];
  private kept = 0;
  private taken = 0;

  constructor(input: MergeInput) {
    this.input = input;
  }

  *run(): Steps<MergedTrees> {
    const { base, mine, theirs } = this.input;
    const top = yield* this.begin(ascii('/etc'), ascii(''), { base, mine, theirs });
    const stack = [top];
    let root: Entry | undefined;
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const name = frame.names.pop();
      if (name !== undefined) {
        const sides = sidesBelow(frame.sides, name);
        stack.push(yield* this.begin(joinPath(frame.path, name), name, sides));
        continue;
      }
      stack.pop();
      const result = yield* this.settle(frame);
      const parent = stack.at(-1);
      if (parent === undefined) root = result;
      else if (result !== undefined) parent.children.set(frame.name, result);
    }
    if (root?.kind !== 'directory') throw new TypeError('the merge of two directories is one');
    const { kept, taken } = this;
    const conflicts = this.conflicts.sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      tree: { root },
      report: { kept, taken, conflicts, replaced: this.replaced.sort() },
    };
  }

  private *begin(path: ByteString, name: ByteString, sides: Sides<Inode>): Steps<Frame> {
    const { comparison, rules } = this.input;
    yield* comparison.prepare([sides.base, sides.mine, sides.theirs]);
    yield;
    const decision = decide(sides, effectiveRule(rules, path), (a, b) => comparison.same(a, b));
    return { path, name, sides, decision, names: namesBelow(sides, decision), children: new Map() };
  }

  /** What a path becomes, once everything below it is known. */
  private *settle({ path, sides, decision, children }: Frame): Steps<Entry | undefined> {
    const { mine, theirs } = sides;
    const chosen = decision.take === 'mine' ? mine : theirs;
    // What is kept below a directory that the image does not have any more keeps the directory.
    const isRescued = chosen?.kind !== 'directory' && children.size > 0 && mine !== undefined;
    this.count(sides, isRescued ? 'mine' : decision.take);
    if (decision.replaced === true && !isRescued) this.replaced.push(toDisplay(path));
    const conflict =
      decision.conflict ?? (yield* this.structuralConflict(sides, decision, isRescued));
    this.note(path, sides, conflict);
    const result = isRescued ? mine : chosen;
    if (result === undefined) return undefined;
    return result.kind === 'directory' ? { ...result, children } : this.place(result);
  }

  private note(path: ByteString, sides: Sides<Inode>, kind: EtcConflictKind | undefined): void {
    if (kind === undefined) return;
    const detail = describeConflict(sides, kind);
    this.conflicts.push({ path: toDisplay(path), kind, detail });
  }

  private count({ mine, theirs }: Sides<Inode>, take: 'mine' | 'theirs'): void {
    if (this.input.comparison.same(mine, theirs)) return;
    if (take === 'mine') this.kept++;
    else this.taken++;
  }

  /** Conflicts between a path of one side and what is below it on the other. */
  private *structuralConflict(
    { base, mine, theirs }: Sides<Inode>,
    { take }: Decision,
    isRescued: boolean,
  ): Steps<EtcConflictKind | undefined> {
    if (isRescued) return theirs === undefined ? undefined : 'type';
    const isDropped = take === 'mine' && mine?.kind !== 'directory' && theirs?.kind === 'directory';
    if (!isDropped || !(yield* this.hasNews(base, theirs))) return undefined;
    return mine === undefined ? 'deleted' : 'type';
  }

  /** Whether the new image has something below a directory that the old one had not. */
  private *hasNews(base: Inode | undefined, theirs: Directory): Steps<boolean> {
    const queue: [Inode | undefined, Directory][] = [[base, theirs]];
    for (const [before, after] of queue) {
      for (const [name, entry] of after.children) {
        const inode = inodeOf(entry);
        const old = childOf(before, name);
        yield* this.input.comparison.prepare([old, inode]);
        yield;
        if (!this.input.comparison.same(old, inode)) return true;
        if (inode.kind === 'directory') queue.push([old, inode]);
      }
    }
    return false;
  }

  /** An inode that has two names is one inode with two names in the result, too. */
  private place(leaf: Leaf): Entry {
    if (this.placed.has(leaf)) return { kind: 'link', target: leaf };
    this.placed.add(leaf);
    return leaf;
  }
}

/** The identity of the machine is never the image's to say. */
function effectiveRule(rules: readonly EtcRule[], path: ByteString): EtcRuleKind | undefined {
  return path === MACHINE_ID ? 'keep' : ruleFor(rules, path);
}

/** Last one first. Empty when nothing below the path can be in the result. */
function namesBelow({ base, mine, theirs }: Sides<Inode>, { take }: Decision): ByteString[] {
  const chosen = take === 'mine' ? mine : theirs;
  if (chosen?.kind !== 'directory' && mine?.kind !== 'directory') return [];
  const names = new Set<ByteString>();
  for (const side of [base, mine, theirs])
    if (side?.kind === 'directory') for (const name of side.children.keys()) names.add(name);
  return [...names].sort().reverse();
}

function sidesBelow({ base, mine, theirs }: Sides<Inode>, name: ByteString): Sides<Inode> {
  return {
    base: childOf(base, name),
    mine: childOf(mine, name),
    theirs: childOf(theirs, name),
  };
}

function childOf(inode: Inode | undefined, name: ByteString): Inode | undefined {
  const entry = inode?.kind === 'directory' ? inode.children.get(name) : undefined;
  return entry === undefined ? undefined : inodeOf(entry);
}

const WORDS: Readonly<Record<Inode['kind'], string>> = {
  directory: 'directory',
  file: 'file',
  symlink: 'symbolic link',
  char: 'character device',
  block: 'block device',
  fifo: 'fifo',
  socket: 'socket',
};

function describeConflict({ base, mine, theirs }: Sides<Inode>, kind: EtcConflictKind): string {
  if (kind === 'deleted') return 'deleted here, changed in the new image: it remains deleted';
  if (kind === 'type' && mine !== undefined && theirs !== undefined && mine.kind !== theirs.kind)
    return `a ${WORDS[mine.kind]} here, and a ${WORDS[theirs.kind]} in the new image: the local version is kept`;
  if (theirs === undefined)
    return 'changed here, and gone from the new image: the local version is kept';
  const both = base === undefined ? 'new both here and' : 'changed both here and';
  return `${both} in the new image: the local version is kept`;
}
