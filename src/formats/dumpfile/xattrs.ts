/**
 * The extended attributes at the end of a composefs-dump(5) line: `KEY=VALUE`, separated by one space.
 *
 * Most inodes of a system have the same few attributes, so equal texts give one shared map.
 */
import { fromBytes, type ByteString } from '../../util/bytes.js';
import { EROFS_XATTR_IBODY_HEADER } from '../erofs/structures.js';
import { LCFS_INODE_EXTERNAL_XATTR_MAX, XATTR_OVERHEAD } from '../erofs/limits.js';
import { NO_XATTRS, type Xattrs } from '../tree/model.js';
import { XATTR_NAME_MAX, XATTR_VALUE_MAX } from '../tree/names.js';
import { unescapeBytes } from './escape.js';
import type { DumpLine, Span } from './line.js';

const SHARED_TEXT_MAX = 1024;
const SHARED_COUNT_MAX = 4096;
const EQUALS = 0x3d;
const SPACE = 0x20;

/** Reads the attributes of lines and remembers texts that were read before. */
export class XattrParser {
  private readonly shared = new Map<string, Xattrs>();

  /** @throws {FormatError} with the column of the bad attribute */
  parse(line: DumpLine): Xattrs {
    const span = line.rest();
    const length = span.end - span.start;
    if (length === 0) return NO_XATTRS;
    if (length > SHARED_TEXT_MAX) return parseXattrs(line, span);
    const text = line.bytes.toString('latin1', span.start, span.end);
    const known = this.shared.get(text);
    if (known !== undefined) return known;
    const xattrs = parseXattrs(line, span);
    if (this.shared.size < SHARED_COUNT_MAX) this.shared.set(text, xattrs);
    return xattrs;
  }
}

function parseXattrs(line: DumpLine, span: Span): Xattrs {
  const xattrs = new Map<ByteString, ByteString>();
  let size = EROFS_XATTR_IBODY_HEADER.size;
  for (let start = span.start; start < span.end;) {
    const space = line.bytes.subarray(start, span.end).indexOf(SPACE);
    const end = space < 0 ? span.end : start + space;
    const [key, value] = parseXattr(line, { start, end });
    if (xattrs.has(key)) line.failAt(start, 'XATTR', 'the attribute is given twice');
    xattrs.set(key, value);
    size += XATTR_OVERHEAD + key.length + value.length;
    if (size > LCFS_INODE_EXTERNAL_XATTR_MAX) {
      line.failAt(
        start,
        'XATTR',
        `the attributes take more than ${LCFS_INODE_EXTERNAL_XATTR_MAX} bytes`,
      );
    }
    start = end + 1;
  }
  return xattrs;
}

function parseXattr(line: DumpLine, { start, end }: Span): [key: ByteString, value: ByteString] {
  const fail = (message: string): never => line.failAt(start, 'XATTR', message);
  const equals = line.bytes.subarray(start, end).indexOf(EQUALS);
  if (equals < 0) fail('there is no = between key and value');
  const key = unescapeBytes(line.bytes, start, start + equals, fail);
  if (key.length === 0) fail('the key is empty');
  if (key.length > XATTR_NAME_MAX) {
    fail(`the key has ${key.length} bytes, more than ${XATTR_NAME_MAX}`);
  }
  if (key.includes(0)) fail('the key contains a NUL byte');
  const value = unescapeBytes(line.bytes, start + equals + 1, end, fail);
  if (value.length > XATTR_VALUE_MAX) {
    fail(`the value has ${value.length} bytes, more than ${XATTR_VALUE_MAX}`);
  }
  return [fromBytes(key), fromBytes(value)];
}
