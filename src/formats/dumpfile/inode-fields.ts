/** The inode that a composefs-dump(5) line describes. */
import { U32_MAX } from '../../util/checks.js';
import type { ByteString } from '../../util/bytes.js';
import { DIGEST_SIZE, isDigest, type Digest, type HashAlgorithm } from '../../util/digest.js';
import { LCFS_INLINE_CONTENT_MAX, S_IFMT } from '../erofs/structures.js';
import { PAYLOAD_MAX } from '../erofs/limits.js';
import { NO_XATTRS, type Inode, type RegularFile, type Stat, type Symlink } from '../tree/model.js';
import { symlinkProblem } from '../tree/names.js';
import type { DumpLine } from './line.js';
import type { XattrParser } from './xattrs.js';

/** The file type in MODE, for each kind of inode. */
export const TYPE_BITS: Readonly<Record<Inode['kind'], number>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

const KINDS = new Map(
  (Object.entries(TYPE_BITS) as [Inode['kind'], number][]).map(([kind, bits]) => [bits, kind]),
);

/** What inodes are parsed with. */
export interface InodeContext {
  readonly algorithm: HashAlgorithm;
  readonly xattrs: XattrParser;
}

/** The kind in MODE's type bits. @throws {FormatError} when they name none */
export function parseKind(line: DumpLine): Inode['kind'] {
  const mode = line.octalMode();
  const kind = KINDS.get(mode & S_IFMT);
  return kind ?? line.fail('MODE', `${mode.toString(8)} has no file type`);
}

/**
 * The inode of the current line, which is not a hard link.
 *
 * @throws {FormatError} with the place of the first field that is wrong
 */
export function parseInode(line: DumpLine, context: InodeContext): Inode {
  const size = line.decimal('SIZE', Number.MAX_SAFE_INTEGER);
  const kind = parseKind(line);
  // Bits above the file type mean nothing and are dropped, as everyone does who stores a mode in 16 bits.
  const mode = line.octalMode() & 0o7777;
  const nlink = line.decimal('NLINK', U32_MAX);
  const uid = line.decimal('UID', U32_MAX);
  const gid = line.decimal('GID', U32_MAX);
  const rdev = line.decimal('RDEV', U32_MAX);
  const { sec, nsec } = line.mtime();
  // The attributes come last in the line, and so do their mistakes.
  const times = { mtimeSec: sec, mtimeNsec: nsec };
  const stat: Stat = { mode, uid, gid, nlink, ...times, xattrs: NO_XATTRS };
  switch (kind) {
    case 'file':
      return parseFile(line, context, stat, size);
    case 'symlink':
      return parseSymlink(line, context, stat);
    case 'directory':
      finish(line, context, stat, kind);
      return { kind, ...stat, children: new Map() };
    case 'char':
    case 'block':
      finish(line, context, stat, kind);
      return { kind, ...stat, rdev, size };
    case 'fifo':
    case 'socket':
      finish(line, context, stat, kind);
      return { kind, ...stat, size };
  }
}

/** Reads the fields after MTIME of an inode that uses none of them but its attributes. */
function finish(line: DumpLine, context: InodeContext, stat: Stat, kind: Inode['kind']): void {
  for (const field of ['PAYLOAD', 'CONTENT', 'DIGEST'] as const) {
    if (line.isSet(field)) line.fail(field, `a ${kind} inode has no ${field}`);
  }
  stat.xattrs = context.xattrs.parse(line);
}

function parseSymlink(line: DumpLine, context: InodeContext, stat: Stat): Symlink {
  if (!line.isSet('PAYLOAD')) line.fail('PAYLOAD', 'a symlink needs its target here');
  const target = line.text('PAYLOAD');
  const problem = symlinkProblem(target);
  if (problem !== undefined) line.fail('PAYLOAD', problem);
  // Nothing is meant by the last fields of a symlink, and lines that end after PAYLOAD are in use.
  for (const field of ['CONTENT', 'DIGEST'] as const) {
    if (line.has(field) && line.isSet(field)) line.fail(field, `a symlink has no ${field}`);
  }
  stat.xattrs = context.xattrs.parse(line);
  return { kind: 'symlink', ...stat, target };
}

function parseFile(line: DumpLine, context: InodeContext, stat: Stat, size: number): RegularFile {
  const payload = line.isSet('PAYLOAD') ? parsePayload(line) : undefined;
  const content = line.isSet('CONTENT') ? parseContent(line, size) : undefined;
  const digest = line.isSet('DIGEST') ? parseDigestField(line, context.algorithm) : undefined;
  stat.xattrs = context.xattrs.parse(line);
  const inline = size === 0 ? undefined : content;
  // Neither an empty nor an inline file has an object, so nothing would ever be looked up by these.
  if (size === 0 || inline !== undefined) {
    return { kind: 'file', ...stat, size, inline, digest: undefined, payload: undefined };
  }
  return { kind: 'file', ...stat, size, inline, digest, payload };
}

function parsePayload(line: DumpLine): ByteString {
  const payload = line.text('PAYLOAD');
  if (payload.length > PAYLOAD_MAX) {
    line.fail('PAYLOAD', `it has ${payload.length} bytes, more than ${PAYLOAD_MAX}`);
  }
  return payload;
}

function parseContent(line: DumpLine, size: number): Uint8Array {
  const content = line.content('CONTENT');
  if (content.length > LCFS_INLINE_CONTENT_MAX) {
    line.fail('CONTENT', `it has ${content.length} bytes, more than ${LCFS_INLINE_CONTENT_MAX}`);
  }
  if (content.length !== size) {
    line.fail('CONTENT', `it has ${content.length} bytes, but SIZE is ${size}`);
  }
  // A copy, so that one small file does not keep the whole dump in memory.
  return new Uint8Array(content);
}

function parseDigestField(line: DumpLine, algorithm: HashAlgorithm): Digest {
  const text = line.text('DIGEST');
  const digest = isDigest(text, algorithm) ? text : text.toLowerCase();
  if (!isDigest(digest, algorithm)) {
    line.fail('DIGEST', `expected ${2 * DIGEST_SIZE[algorithm]} hex digits`);
  }
  return digest;
}
