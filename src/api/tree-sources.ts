/** Where trees are read from. */
import { parseTreeSource as parse } from '../repo/source/source.js';

/** Bytes of an uncompressed, gzip, zstd or xz tar archive as they come: a Node stream, for one. */
export interface TarStream {
  readonly kind: 'tar';
  readonly stream: AsyncIterable<Uint8Array>;
}

/**
 * A tree as it lies somewhere: a directory; a tar archive (plain, gzip, zstd or xz); a composefs dump; a composefs image. The path
 * `-` of what is not a directory is standard input.
 */
export type TreeSource =
  { readonly kind: 'directory' | 'tar' | 'dump' | 'image'; readonly path: string } | TarStream;

/** Which extended attributes are taken: all, only `user.*`, only `security.*` (capabilities, labels), or none. */
export type XattrMode = 'all' | 'user' | 'security' | 'none';

/** How a source is read. Together with the source they decide the bytes of the image. */
export interface ReadingOptions {
  /** `all` by default. */
  readonly xattrs?: XattrMode | undefined;
  /** Makes no file newer than this; whole seconds. */
  readonly clampMtime?: Date | undefined;
}

/** Something that an archive says of some of its members, and the image does not hold. */
export interface NotKept {
  /** The keyword of a pax header, or words. */
  readonly what: string;
  /** How many members have it. */
  readonly members: number;
  /** Path of the first of them. */
  readonly first: string;
}

/**
 * A source as the command line names it: `DIR`, `tar:FILE`, `dump:FILE`, `image:FILE`; `-` as a file is standard input.
 * @throws {RootsealError} USAGE when the file name is missing, UNSUPPORTED for a kind that this version does not read
 */
export function parseTreeSource(text: string): TreeSource {
  return parse(text);
}
