/**
 * Hard links of a composefs-dump(5).
 *
 * A link may stand before its target and may name another link, so links are resolved when all lines were read.
 */
import type { ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import type { Directory, HardLink, Leaf, Tree } from '../tree/model.js';
import { lookup } from '../tree/walk.js';
import { FORMAT } from './line.js';

/** A hard link whose target is not known yet, and where the dump names it. */
export interface PendingLink {
  readonly parent: Directory;
  readonly name: ByteString;
  readonly targetPath: ByteString;
  readonly line: number;
  readonly column: number;
}

/** Stands in a directory for a link that is still pending; it is never part of a finished tree. */
export function placeholder(): HardLink {
  return { kind: 'link', target: NOWHERE };
}

const NOWHERE: Leaf = {
  kind: 'fifo',
  mode: 0,
  uid: 0,
  gid: 0,
  nlink: 0,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: new Map(),
  size: 0,
};

/**
 * Puts the real links into the tree in place of their placeholders. Takes time linear in the length of all targets.
 *
 * @param pending each placeholder that was put into the tree; emptied
 * @throws {FormatError} when a target does not exist, is a directory or leads back to its link
 */
export function resolveLinks(tree: Tree, pending: Map<HardLink, PendingLink>): void {
  for (const first of pending.keys()) resolveChain(tree, pending, first);
}

function resolveChain(tree: Tree, pending: Map<HardLink, PendingLink>, first: HardLink): void {
  const chain = new Map<HardLink, PendingLink>();
  let target: Leaf | undefined;
  for (let at = first; target === undefined;) {
    const link = pending.get(at);
    if (link === undefined) {
      target = at.target;
      break;
    }
    if (chain.has(at)) fail(link, 'the hard link leads back to itself');
    chain.set(at, link);
    const entry = lookup(tree, link.targetPath);
    if (entry === undefined) fail(link, 'the target of the hard link does not exist');
    if (entry.kind === 'directory') fail(link, 'the target of the hard link is a directory');
    if (entry.kind === 'link') at = entry;
    else target = entry;
  }
  for (const [placeholderLink, { parent, name }] of chain) {
    parent.children.set(name, { kind: 'link', target });
    pending.delete(placeholderLink);
  }
}

function fail({ line, column }: PendingLink, message: string): never {
  throw new FormatError(FORMAT, message, { line, column, field: 'PAYLOAD' });
}
