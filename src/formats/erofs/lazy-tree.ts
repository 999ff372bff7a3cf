/**
 * The tree of an image, of which a directory is read when somebody looks into it: for whoever wants a few files of many.
 *
 * It is for reading only. Which of several names of an inode is the primary one depends on what was looked at first. What is wrong
 * with a directory is thrown by looking into it, as a `FormatError`, and a directory is read at one go.
 */
import type { ByteString } from '../../util/bytes.js';
import {
  inodeOf,
  isWhiteout,
  type Directory,
  type Entry,
  type Tree,
  type Xattrs,
} from '../tree/model.js';
import { Image } from './image.js';
import { OPAQUE_MARKERS, WHITEOUTS_MARKERS, withoutMarkers } from './overlay.js';
import { EntryReader, type OpenDirectory } from './read-entries.js';
import type { InodeHead } from './read-inode.js';

/**
 * The tree that went into the image: without what the writer adds.
 * @throws {FormatError} when the headers or the root are not those of an image
 */
export function openTree(bytes: Uint8Array): Tree {
  const entries = new EntryReader(new Image(bytes));
  const root = entries.root();
  return { root: lazyDirectory(entries, root, root.nid) };
}

const ADDED = [...WHITEOUTS_MARKERS, ...OPAQUE_MARKERS];

// eslint-disable-next-line call-stack/no-uncounted-recursion -- those below are made when somebody asks for them, and not by this call
function lazyDirectory(entries: EntryReader, head: InodeHead, parentNid: number): Directory {
  let opened: OpenDirectory | undefined;
  let children: Map<ByteString, Entry> | undefined;
  let xattrs: Xattrs | undefined;
  const open = () => (opened ??= entries.open(head, parentNid));
  // Properties of its own, so that a copy of the object has what they give.
  return {
    kind: 'directory',
    ...head.stat,
    get children() {
      return (children ??= childrenOf(entries, head, open()));
    },
    get xattrs() {
      return (xattrs ??= ownXattrs(open().xattrs, this));
    },
  };
}

function childrenOf(
  entries: EntryReader,
  { nid }: InodeHead,
  { dirents }: OpenDirectory,
): Map<ByteString, Entry> {
  const children = new Map<ByteString, Entry>();
  for (const dirent of dirents) {
    const found = entries.find(dirent);
    if (found === undefined) continue;
    const isDirectory = found.kind === 'head';
    children.set(dirent.name, isDirectory ? lazyDirectory(entries, found.head, nid) : found);
  }
  return children;
}

function ownXattrs(xattrs: Xattrs, { children }: Directory): Xattrs {
  if (xattrs.size === 0) return xattrs;
  // Also under further names, since it is chance which one is the primary.
  const hasWhiteouts = [...children.values()].some((entry) => isWhiteout(inodeOf(entry)));
  return hasWhiteouts ? withoutMarkers(xattrs, ADDED) : xattrs;
}
