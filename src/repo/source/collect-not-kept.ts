/** Counts what an archive says and the tree does not hold. */
import { toDisplay, type ByteString } from '../../util/bytes.js';

/** Something that an archive says of some of its members, and the tree does not hold. */
export interface NotKept {
  /** The keyword of a pax header, or words. */
  readonly what: string;
  /** How many members have it. */
  readonly members: number;
  /** Path of the first of them. */
  readonly first: string;
}

/** Keywords are made up by whoever writes an archive, so their number is bounded. */
const KINDS_MAX = 32;
const OTHERS = 'other keywords' as ByteString;

export class NotKeptCounter {
  private readonly found = new Map<ByteString, { members: number; readonly first: ByteString }>();

  count(what: ByteString, path: ByteString): void {
    const kind = this.found.has(what) || this.found.size < KINDS_MAX ? what : OTHERS;
    const known = this.found.get(kind);
    if (known === undefined) this.found.set(kind, { members: 1, first: path });
    else known.members++;
  }

  /** In the order in which they were found. */
  result(): NotKept[] {
    return Array.from(this.found, ([what, { members, first }]) => ({
      what: toDisplay(what),
      members,
      first: toDisplay(first),
    }));
  }
}
