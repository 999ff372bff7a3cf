/**
 * Writes a tree as a pax archive (POSIX.1-2017 pax, "pax Interchange Format"). The same tree gives the same bytes.
 *
 * Paths are `./usr/bin/x`, in depth-first byte order. A pax header is written only for what a ustar header does not
 * hold: long names, large numbers, parts of seconds, extended attributes, and the holes of a sparse file, which is
 * written in GNU tar's sparse format 1.0 (GNU tar manual, "Storing Sparse Files").
 */
import type { ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import type { Inode, Leaf, RegularFile, Tree } from '../tree/model.js';
import { walk } from '../tree/walk.js';
import {
  BLOCK_SIZE,
  encodeHeader,
  HEADER_NAME_SIZE,
  HEADER_PREFIX_SIZE,
  headerMaximum,
  type HeaderFields,
} from './header.js';
import { addXattrRecords, type AddRecord } from './member-records.js';
import { paddingOf } from './members.js';
import { formatPaxRecord, formatPaxTime, PAX_HEADER_MAX } from './pax.js';
import { formatSparseMap, type SparseMap } from './sparse.js';
import { shown } from './tar-tree.js';

/** How to write. */
export interface TarWriteOptions {
  /** Hears of sockets, which a tar cannot hold. `path` is absolute within the tree. */
  readonly onSkip?: (path: ByteString) => void;
}

/** A content whose holes are not written. */
export interface HoledContent {
  /** What is to be stored of it; undefined when that is all of it. */
  findPieces(): Promise<SparseMap | undefined>;
  /** The bytes of the pieces, one after the other, or of all of it. */
  read(map: SparseMap | undefined): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Gives the bytes of a file that is neither empty nor inline. `path` is absolute within the tree. */
export type TarContent = (
  file: RegularFile,
  path: ByteString,
) => AsyncIterable<Uint8Array> | HoledContent;

const TYPEFLAGS = {
  file: '0',
  link: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const;

type TarKind = keyof typeof TYPEFLAGS;

/**
 * The archive in chunks that the receiver may keep. The first name of an inode in depth-first order carries it, the
 * others are hard links to it. Ends in two zero blocks.
 *
 * @throws {FormatError} when `content` does not give exactly as many bytes as the file's size, or an inode's extended
 *   attributes are more than a pax header may hold
 */
export async function* writeTar(
  tree: Tree,
  content: TarContent,
  options: TarWriteOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const linked = linkedLeaves(tree);
  const firstPaths = new Map<Leaf, ByteString>();
  for (const { path, entry } of walk(tree)) {
    const inode = entry.kind === 'link' ? entry.target : entry;
    if (inode.kind === 'socket') {
      options.onSkip?.(path);
      continue;
    }
    if (inode.kind !== 'directory') {
      const first = firstPaths.get(inode);
      if (first !== undefined) {
        yield memberHeader(inode, 'link', { path, linkname: memberPath(first, 'link') });
        continue;
      }
      if (linked.has(inode)) firstPaths.set(inode, path);
    }
    const linkname = inode.kind === 'symlink' ? inode.target : ('' as ByteString);
    if (inode.kind === 'file') yield* fileMember(inode, path, content);
    else yield memberHeader(inode, inode.kind, { path, linkname });
  }
  yield Buffer.alloc(2 * BLOCK_SIZE);
}

function linkedLeaves(tree: Tree): Set<Leaf> {
  const linked = new Set<Leaf>();
  for (const { entry } of walk(tree)) if (entry.kind === 'link') linked.add(entry.target);
  return linked;
}

function memberPath(path: ByteString, kind: TarKind): ByteString {
  const slash = kind === 'directory' && path !== '/' ? '/' : '';
  return `.${path}${slash}` as ByteString;
}

async function* fileMember(
  file: RegularFile,
  path: ByteString,
  content: TarContent,
): AsyncGenerator<Uint8Array, void, undefined> {
  const names = { path, linkname: '' as ByteString };
  const opened =
    file.inline !== undefined || file.size === 0 ? inlineOf(file) : content(file, path);
  if (!('findPieces' in opened)) {
    yield memberHeader(file, 'file', names);
    yield* exactly(opened, file.size, path);
    return;
  }
  try {
    const map = await opened.findPieces();
    if (map === undefined) yield memberHeader(file, 'file', names);
    else yield* sparseFront(file, path, map);
    yield* exactly(opened.read(map), map === undefined ? file.size : storedIn(map), path);
  } finally {
    opened.close();
  }
}

async function* inlineOf(file: RegularFile): AsyncGenerator<Uint8Array, void, undefined> {
  if (file.inline !== undefined) yield await Promise.resolve(file.inline);
}

function* sparseFront(file: RegularFile, path: ByteString, map: SparseMap): Generator<Buffer> {
  const front = formatSparseMap(map);
  const size = front.length + storedIn(map);
  yield memberHeader(file, 'file', { path, linkname: '' as ByteString, sparse: { size } });
  yield front;
}

function storedIn({ pieces }: SparseMap): number {
  let stored = 0;
  for (let index = 1; index < pieces.length; index += 2) stored += pieces[index] ?? 0;
  return stored;
}

/** Content and its padding. */
async function* exactly(
  content: AsyncIterable<Uint8Array>,
  size: number,
  path: ByteString,
): AsyncGenerator<Uint8Array, void, undefined> {
  let written = 0;
  const mismatch = (): FormatError =>
    new FormatError('tar', `${shown(path)}: has not ${size} bytes as its inode says`, {
      field: 'size',
    });
  for await (const chunk of content) {
    written += chunk.length;
    if (written > size) throw mismatch();
    yield chunk;
  }
  if (written !== size) throw mismatch();
  if (paddingOf(written) > 0) yield Buffer.alloc(paddingOf(written));
}

interface MemberNames {
  /** Absolute within the tree. */
  readonly path: ByteString;
  readonly linkname: ByteString;
  /** Of a file without its holes: the bytes in the archive, the map with them. */
  readonly sparse?: { readonly size: number };
}

/** The member's header, after its pax header where it needs one. */
function memberHeader(inode: Inode, kind: TarKind, names: MemberNames): Buffer {
  const records: ByteString[] = [];
  const add: AddRecord = (keyword, value) => {
    records.push(formatPaxRecord(keyword, value));
  };
  const fitted = (field: 'uid' | 'gid' | 'size', value: number): number => {
    if (value <= headerMaximum(field)) return value;
    add(field, String(value));
    return 0;
  };
  const { name, prefix } = fittedName(names, kind, add);
  const size = kind === 'file' && inode.kind === 'file' ? inode.size : 0;
  if (names.sparse !== undefined) add('GNU.sparse.realsize', String(size));
  if (names.linkname.length > HEADER_NAME_SIZE) add('linkpath', names.linkname);
  const { major, minor } = deviceNumber(inode);
  const fields: HeaderFields = {
    name,
    prefix,
    typeflag: TYPEFLAGS[kind],
    linkname: names.linkname.slice(0, HEADER_NAME_SIZE) as ByteString,
    mode: inode.mode,
    size: fitted('size', names.sparse?.size ?? size),
    uid: fitted('uid', inode.uid),
    gid: fitted('gid', inode.gid),
    mtime: fittedTime(inode, add),
    devmajor: major,
    devminor: minor,
  };
  if (kind !== 'link') addXattrRecords(inode, add);
  const header = encodeHeader(fields);
  return records.length === 0 ? header : Buffer.concat([paxHeader(records, names.path), header]);
}

function paxHeader(records: readonly ByteString[], path: ByteString): Buffer {
  const text = records.join('');
  if (text.length > PAX_HEADER_MAX) {
    throw new FormatError(
      'tar',
      `${shown(path)}: its extended attributes need a header of ${text.length} bytes, more than ${PAX_HEADER_MAX}`,
    );
  }
  const name = `./PaxHeaders/${path.slice(path.lastIndexOf('/') + 1)}`;
  const header = encodeHeader({
    name: name.slice(0, HEADER_NAME_SIZE) as ByteString,
    prefix: '' as ByteString,
    typeflag: 'x',
    linkname: '' as ByteString,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: text.length,
    mtime: 0,
    devmajor: 0,
    devminor: 0,
  });
  const body = Buffer.alloc(text.length + paddingOf(text.length));
  body.write(text, 'latin1');
  return Buffer.concat([header, body]);
}

/**
 * The header's name fields, with the records that say the rest. A sparse file is named as GNU tar does it, so that a
 * program that does not know the format puts it beside its place and not into it.
 */
function fittedName(
  { path, sparse }: MemberNames,
  kind: TarKind,
  add: AddRecord,
): { readonly name: ByteString; readonly prefix: ByteString } {
  const full = memberPath(path, kind);
  if (sparse !== undefined) {
    add('GNU.sparse.major', '1');
    add('GNU.sparse.minor', '0');
    add('GNU.sparse.name', full);
  }
  const shownName = sparse === undefined ? full : besideItsPlace(full);
  const split = splitName(shownName);
  if (split !== undefined) return split;
  if (sparse === undefined) add('path', full);
  return { name: shownName.slice(0, HEADER_NAME_SIZE) as ByteString, prefix: '' as ByteString };
}

function besideItsPlace(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/GNUSparseFile.0${path.slice(slash)}` as ByteString;
}

/** Divides a path over the header's two name fields, or says that it cannot. */
function splitName(path: ByteString): { name: ByteString; prefix: ByteString } | undefined {
  if (path.length <= HEADER_NAME_SIZE) return { name: path, prefix: '' as ByteString };
  // A directory's own last slash divides nothing: the name must not be empty.
  const slash = path.lastIndexOf('/', Math.min(HEADER_PREFIX_SIZE, path.length - 2));
  const name = path.slice(slash + 1) as ByteString;
  if (slash < 1 || name.length > HEADER_NAME_SIZE) return undefined;
  return { name, prefix: path.slice(0, slash) as ByteString };
}

function fittedTime(inode: Inode, add: AddRecord): number {
  const { mtimeSec: sec, mtimeNsec: nsec } = inode;
  const fits = sec >= 0 && sec <= headerMaximum('mtime');
  if (!fits || nsec !== 0) add('mtime', formatPaxTime({ sec, nsec }));
  return fits ? sec : 0;
}

/** The inverse of Linux's `new_encode_dev`. */
function deviceNumber(inode: Inode): { major: number; minor: number } {
  if (inode.kind !== 'char' && inode.kind !== 'block') return { major: 0, minor: 0 };
  const { rdev } = inode;
  return { major: (rdev & 0xfff00) >>> 8, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
