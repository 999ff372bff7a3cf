/** Ordered walks. They keep their own stack, so depth is bounded by memory and not by the call stack. */
import { ascii, type ByteString } from '../../util/bytes.js';
import { sortedNames, type Directory, type Entry, type Leaf, type Tree } from './model.js';
import { joinPath } from './names.js';

/** One step of a walk: an entry with its path, parents before children, siblings in byte order of name. */
export interface Visit {
  /** Absolute within the tree: `/`, `/usr/bin`. */
  readonly path: ByteString;
  readonly entry: Entry;
  /** The directory that holds the entry; undefined for the root. */
  readonly parent: Directory | undefined;
}

interface Frame {
  readonly path: ByteString;
  readonly directory: Directory;
  readonly names: ByteString[];
  next: number;
}

/** Every entry, depth first, the root included. */
export function* walk(tree: Tree): Generator<Visit, void, undefined> {
  yield { path: ascii('/'), entry: tree.root, parent: undefined };
  const stack: Frame[] = [frameOf(ascii('/'), tree.root)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const name = frame.names[frame.next++];
    const entry = name === undefined ? undefined : frame.directory.children.get(name);
    if (name === undefined || entry === undefined) {
      stack.pop();
      continue;
    }
    const path = joinPath(frame.path, name);
    yield { path, entry, parent: frame.directory };
    if (entry.kind === 'directory') stack.push(frameOf(path, entry));
  }
}

function frameOf(path: ByteString, directory: Directory): Frame {
  return { path, directory, names: sortedNames(directory), next: 0 };
}

/** The path of each hard-linked inode's primary name, for printing links. */
export function primaryPaths(tree: Tree): Map<Leaf, ByteString> {
  const linked = new Set<Leaf>();
  for (const { entry } of walk(tree)) if (entry.kind === 'link') linked.add(entry.target);
  const paths = new Map<Leaf, ByteString>();
  if (linked.size === 0) return paths;
  for (const { path, entry } of walk(tree)) {
    if (entry.kind !== 'link' && entry.kind !== 'directory' && linked.has(entry))
      paths.set(entry, path);
  }
  return paths;
}

/** The entry at an absolute path, without following symlinks, or undefined. */
export function lookup(tree: Tree, path: ByteString): Entry | undefined {
  let entry: Entry | undefined = tree.root;
  for (const name of path.split('/') as ByteString[]) {
    if (name === '') continue;
    if (entry?.kind !== 'directory') return undefined;
    entry = entry.children.get(name);
  }
  return entry;
}
