/**
 * The composefs image reader (composefs 1.0.8, format versions 0 and 1), the inverse of the writer.
 *
 * Nothing in an image is trusted: any bytes give a tree or a `FormatError`, in time and memory linear in their
 * number. What overlayfs would see otherwise than the tree says is refused. The first name of an inode in depth-first
 * byte order becomes its primary name.
 */
import type { ByteString } from '../../util/bytes.js';
import { atOnce, type Steps } from '../../util/steps.js';
import { isWhiteout, type Directory, type Entry, type Tree } from '../tree/model.js';
import type { Dirent } from './dirent.js';
import { Image } from './image.js';
import type { FormatVersion } from './structures.js';
import { WHITEOUTS_MARKERS, withoutMarkers } from './overlay.js';
import { EntryReader } from './read-entries.js';
import type { InodeHead } from './read-inode.js';

export interface ImageHeader {
  readonly formatVersion: FormatVersion;
  /** The flag that says whether the image has POSIX ACLs. */
  readonly hasAcl: boolean;
}

export interface DecodedImage extends ImageHeader {
  readonly tree: Tree;
}

/**
 * What the headers of an image say; nothing behind them is looked at.
 * @param bytes the whole image
 * @throws {FormatError} when they are not those of an image
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const { formatVersion, hasAcl } = new Image(bytes);
  return { formatVersion, hasAcl };
}

/** @throws {FormatError} with offset and field when the bytes are not an image */
export function decodeImage(bytes: Uint8Array): DecodedImage {
  return atOnce(decodeInSteps(bytes));
}

/** `decodeImage` for whoever cannot wait for a large one: a step is some hundred names. */
export function* decodeInSteps(bytes: Uint8Array): Steps<DecodedImage> {
  const image = new Image(bytes);
  const root = yield* new TreeReader(image).read();
  return { tree: { root }, formatVersion: image.formatVersion, hasAcl: image.hasAcl };
}

/** Names that are read between two pauses at most. */
const NAMES_A_STEP = 256;

/** A directory whose entries are being read. */
interface Frame {
  readonly nid: number;
  readonly directory: Directory;
  readonly dirents: readonly Dirent[];
  next: number;
  hasWhiteouts: boolean;
}

class TreeReader {
  private readonly entries: EntryReader;
  private readonly stack: Frame[] = [];

  constructor(image: Image) {
    this.entries = new EntryReader(image);
  }

  *read(): Steps<Directory> {
    const head = this.entries.root();
    const root = this.enter(head, head.nid);
    let names = 0;
    for (let frame = this.stack.at(-1); frame !== undefined; frame = this.stack.at(-1)) {
      const dirent = frame.dirents[frame.next++];
      if (++names % NAMES_A_STEP === 0) yield;
      if (dirent === undefined) this.leave(frame);
      else this.addChild(frame, dirent);
    }
    return root;
  }

  private enter(head: InodeHead, parentNid: number): Directory {
    const { xattrs, dirents } = this.entries.open(head, parentNid);
    const children = new Map<ByteString, Entry>();
    const directory: Directory = { kind: 'directory', ...head.stat, xattrs, children };
    this.stack.push({ nid: head.nid, directory, dirents, next: 0, hasWhiteouts: false });
    return directory;
  }

  private leave({ directory, hasWhiteouts }: Frame): void {
    this.stack.pop();
    // The writer sets them again.
    if (hasWhiteouts) directory.xattrs = withoutMarkers(directory.xattrs, WHITEOUTS_MARKERS);
  }

  private addChild(frame: Frame, dirent: Dirent): void {
    const found = this.entries.find(dirent);
    if (found === undefined) return;
    const entry = found.kind === 'head' ? this.enter(found.head, frame.nid) : found;
    if (entry.kind !== 'link') frame.hasWhiteouts ||= isWhiteout(entry);
    frame.directory.children.set(dirent.name, entry);
  }
}
