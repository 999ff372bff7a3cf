/**
 * The members of an archive: each header together with the extension headers before it (pax `x` and `g`, GNU `L` and
 * `K`), up to the two zero blocks that end the archive.
 */
import { fromBytes, type ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { NO_XATTRS, type Stat } from '../tree/model.js';
import {
  noAttributes,
  readAttributes,
  readGlobalAttributes,
  type Attributes,
} from './tar-attributes.js';
import { describeForeign, NOT_TAR } from './foreign.js';
import {
  BLOCK_SIZE,
  decodeHeader,
  hasMagic,
  headerNumber,
  headerOwner,
  isHeader,
  isZeroBlock,
  type Header,
} from './header.js';
import type { TarInput } from './input.js';
import { PAX_HEADER_MAX, parsePaxRecords } from './pax.js';

/** A member before its content. */
export interface Member {
  readonly header: Header;
  readonly attributes: Attributes;
  readonly path: ByteString;
  readonly linkpath: ByteString;
}

/** Extension headers that wait for their member. */
interface Pending {
  longName: ByteString | undefined;
  longLink: ByteString | undefined;
  attributes: Attributes | undefined;
}

/** Reads members one after the other; the caller consumes each one's content before it asks for the next. */
export class MemberReader {
  private readonly input: TarInput;
  private globals: Attributes = noAttributes();
  /** Keywords of a global header that the next member tells of. */
  private globalNotKept: readonly ByteString[] = [];
  /** Whether there was a pax header yet: in such archives hard links may have contents. */
  private isPax = false;

  constructor(input: TarInput) {
    this.input = input;
  }

  /**
   * The next member, or undefined after the end marker; then the rest of the source was read and is zeros.
   *
   * @throws {FormatError} when the archive is damaged or has no end marker
   */
  async next(): Promise<Member | undefined> {
    const pending: Pending = { longName: undefined, longLink: undefined, attributes: undefined };
    for (;;) {
      const header = await this.nextHeader();
      if (header === undefined) {
        if (Object.values(pending).every((value) => value === undefined)) return undefined;
        throw new FormatError('tar', 'an extension header is followed by no member', {
          offset: this.input.offset,
        });
      }
      if (!(await this.takeExtension(header, pending))) return this.member(header, pending);
    }
  }

  /**
   * Skips what a member without content of its own has none the less, as hard links have by `pax -o linkdata`.
   *
   * Many writers give sizes to such members and no content, so what follows decides: a header or the end marker is no
   * content. In a pax archive, where sizes of hard links are to be believed, that is refused, because other
   * readers would take it for content.
   *
   * @returns whether there was content
   * @throws {FormatError} when it cannot be told
   */
  async skipStray(member: Member): Promise<boolean> {
    const size = storedSize(member);
    if (size === 0) return false;
    const next = await this.input.peek(BLOCK_SIZE);
    if (next.length === BLOCK_SIZE && !isZeroBlock(next) && !isHeader(next)) {
      await this.input.skip(size);
      await this.input.skip(paddingOf(size));
      return true;
    }
    if (this.isPax && member.header.typeflag === '1') {
      throw new FormatError(
        'tar',
        `a hard link of ${size} bytes, and what follows may be its content or the next member`,
        { offset: member.header.offset, field: 'size' },
      );
    }
    return false;
  }

  private member(header: Header, pending: Pending): Member {
    let attributes = pending.attributes ?? readAttributes([], this.globals);
    if (this.globalNotKept.length > 0) {
      attributes = { ...attributes, notKept: [...this.globalNotKept, ...attributes.notKept] };
      this.globalNotKept = [];
    }
    return {
      header,
      attributes,
      path: attributes.path ?? pending.longName ?? header.name,
      linkpath: attributes.linkpath ?? pending.longLink ?? header.linkname,
    };
  }

  private async nextHeader(): Promise<Header | undefined> {
    const { input } = this;
    const { offset } = input;
    if (offset === 0) await this.requireTar();
    const block = await input.exactly(BLOCK_SIZE);
    if (!isZeroBlock(block)) return decodeHeader(block, offset);
    const second = { offset: input.offset };
    if (!isZeroBlock(await input.exactly(BLOCK_SIZE)))
      throw new FormatError('tar', 'a lone zero block', second);
    while (!(await input.atEnd())) {
      const at = input.offset;
      const padding = await input.some(BLOCK_SIZE);
      if (isZeroBlock(padding)) continue;
      // Disk images begin with zeros, as an archive without members does.
      const message =
        offset === 0 ? `${NOT_TAR}: it begins with zeros` : 'data after the end marker';
      throw new FormatError('tar', message, { offset: at });
    }
    return undefined;
  }

  /** @throws {FormatError} when the source does not begin as an archive does */
  private async requireTar(): Promise<void> {
    const head = await this.input.peek(BLOCK_SIZE);
    if (head.length === 0)
      throw new FormatError('tar', 'there is nothing in it, not even the end of an archive', {
        offset: 0,
      });
    if (hasMagic(head)) return;
    if (head.length === BLOCK_SIZE && (isZeroBlock(head) || isHeader(head))) return;
    throw new FormatError('tar', describeForeign(head), { offset: 0 });
  }

  /** Consumes the header's content when it is an extension header; false when it is a member. */
  private async takeExtension(header: Header, pending: Pending): Promise<boolean> {
    const once = (old: unknown): void => {
      if (old === undefined) return;
      throw new FormatError('tar', `two ${header.typeflag} headers before one member`, {
        offset: header.offset,
        field: 'typeflag',
      });
    };
    switch (header.typeflag) {
      case 'L':
        once(pending.longName);
        pending.longName = await this.longText(header);
        return true;
      case 'K':
        once(pending.longLink);
        pending.longLink = await this.longText(header);
        return true;
      // X is what Solaris and old star wrote for x.
      case 'x':
      case 'X':
        once(pending.attributes);
        this.isPax = true;
        pending.attributes = await this.records(header, readAttributes);
        return true;
      case 'g':
        this.isPax = true;
        this.globals = await this.records(header, (records, globals) =>
          readGlobalAttributes(records, globals, header.offset),
        );
        this.globalNotKept = [...this.globalNotKept, ...this.globals.notKept];
        return true;
      default:
        return false;
    }
  }

  private async records(header: Header, read: typeof readAttributes): Promise<Attributes> {
    const bytes = await this.extensionContent(header);
    const records = parsePaxRecords(bytes, header.offset + BLOCK_SIZE);
    return read(records, this.globals);
  }

  private async longText(header: Header): Promise<ByteString> {
    const text = fromBytes(await this.extensionContent(header));
    const end = text.indexOf('\0');
    if (end === 0 || text === '')
      throw new FormatError('tar', 'an empty long name', { offset: header.offset });
    return end === -1 ? text : (text.slice(0, end) as ByteString);
  }

  private async extensionContent(header: Header): Promise<Uint8Array> {
    const size = headerNumber(header, 'size', 0, Number.MAX_SAFE_INTEGER);
    if (size > PAX_HEADER_MAX) {
      throw new FormatError(
        'tar',
        `an extended header of ${size} bytes, and the limit is ${PAX_HEADER_MAX}`,
        { offset: header.offset, field: 'size' },
      );
    }
    const bytes = await this.input.exactly(size);
    await this.input.skip(paddingOf(size));
    return bytes;
  }
}

/** What the writer called owner and group; a name may be empty. */
export function ownerNamesOf({ header, attributes }: Member): {
  readonly user: ByteString;
  readonly group: ByteString;
} {
  return {
    user: attributes.uname ?? headerOwner(header, 'uname'),
    group: attributes.gname ?? headerOwner(header, 'gname'),
  };
}

/** Zeros that follow `size` bytes of content. */
export function paddingOf(size: number): number {
  return (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
}

/** Bytes of a member's content in the archive, without padding. */
export function storedSize({ header, attributes }: Member): number {
  return attributes.size ?? headerNumber(header, 'size', 0, Number.MAX_SAFE_INTEGER);
}

/**
 * What every inode has. Writers put the file type above the permission bits now and then; it is dropped.
 *
 * @throws {FormatError} when a number is out of range
 */
export function statOf({ header, attributes }: Member): Stat {
  const { mtime, xattrs } = attributes;
  const safe = Number.MAX_SAFE_INTEGER;
  return {
    mode: headerNumber(header, 'mode', 0, safe) & 0o7777,
    uid: attributes.uid ?? headerNumber(header, 'uid', 0, U32_MAX),
    gid: attributes.gid ?? headerNumber(header, 'gid', 0, U32_MAX),
    nlink: 1,
    mtimeSec: mtime?.sec ?? headerNumber(header, 'mtime', -safe, safe),
    mtimeNsec: mtime?.nsec ?? 0,
    xattrs: xattrs.size === 0 ? NO_XATTRS : xattrs,
  };
}

/**
 * The device number in Linux's `new_encode_dev` form.
 *
 * @throws {FormatError} when major or minor is out of range
 */
export function deviceOf({ header, attributes }: Member): number {
  const [majorMax, minorMax] = [0xfff, 0xfffff];
  const major = attributes.devmajor ?? headerNumber(header, 'devmajor', 0, majorMax);
  const minor = attributes.devminor ?? headerNumber(header, 'devminor', 0, minorMax);
  if (major > majorMax || minor > minorMax) {
    throw new FormatError('tar', `no Linux device has the number ${major}:${minor}`, {
      offset: header.offset,
      field: 'SCHILY.devmajor',
    });
  }
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
