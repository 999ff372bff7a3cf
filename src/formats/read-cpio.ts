/**
 * Reads cpio archives, one behind the other, as the kernel unpacks them into an initramfs: the "newc" form (Linux 6.12
 * Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c). Only the contents of files that are wanted are kept.
 */
import { alignUp } from '../util/bytes.js';
import { FormatError } from '../util/errors.js';

const FORMAT = 'cpio';
const MAGIC = /^07070[12]$/;
const HEADER_SIZE = 110;
const FILE_SIZE_AT = 54;
const MODE_AT = 14;
const NAME_SIZE_AT = 94;
const FIELD_SIZE = 8;
const TRAILER = 'TRAILER!!!';
/** Longest name that the kernel takes (PATH_MAX), with its NUL. */
const NAME_SIZE_MAX = 4096;
const TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
/** `0`, with which an archive begins. */
const FIRST_BYTE = 0x30;

/** Longest file that is kept, in bytes, and most that is kept of all. */
export const CPIO_KEPT_MAX = 16 << 20;

interface Header {
  readonly isFile: boolean;
  readonly size: number;
  readonly nameSize: number;
}

/** Takes the bytes as they come. */
export class CpioReader {
  /** Contents by path, without `./` before it; of one name the last counts, as it does for the kernel. */
  readonly files = new Map<string, Buffer>();
  private readonly wants: (path: string) => boolean;
  private pending = Buffer.alloc(0);
  private header: Header | undefined;
  private content: { readonly path: string; readonly size: number } | undefined;
  private toSkip = 0;
  private isBetween = true;
  private kept = 0;

  /** @param wants asked of each path, without a leading slash or `./`: whether its content is kept, where it has one */
  constructor(wants: (path: string) => boolean) {
    this.wants = wants;
  }

  /** Whether the last archive has come to its end. */
  get isComplete(): boolean {
    return this.isBetween;
  }

  /**
   * @returns how many bytes were taken: fewer when something else than an archive follows one
   * @throws {FormatError} when it is not such an archive, or too much would be kept
   */
  push(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.toSkip > 0) {
        const size = Math.min(this.toSkip, chunk.length - at);
        this.toSkip -= size;
        at += size;
      } else if (this.isBetween && chunk[at] === 0) {
        at++;
      } else if (this.isBetween && chunk[at] !== FIRST_BYTE) {
        return at;
      } else {
        this.isBetween = false;
        at += this.fill(chunk.subarray(at));
      }
    }
    return at;
  }

  /** Takes what is missing of the next piece, and handles it when it is whole. */
  private fill(rest: Buffer): number {
    const missing = this.wanted() - this.pending.length;
    const taken = rest.subarray(0, missing);
    this.pending = Buffer.concat([this.pending, taken]);
    if (taken.length === missing) {
      const piece = this.pending;
      this.pending = Buffer.alloc(0);
      this.handle(piece);
    }
    return taken.length;
  }

  /** Size of the piece that comes next. */
  private wanted(): number {
    if (this.content !== undefined) return alignUp(this.content.size, 4);
    if (this.header === undefined) return HEADER_SIZE;
    return alignUp(HEADER_SIZE + this.header.nameSize, 4) - HEADER_SIZE;
  }

  private handle(piece: Buffer): void {
    if (this.content !== undefined) {
      this.files.set(this.content.path, Buffer.from(piece.subarray(0, this.content.size)));
      this.content = undefined;
    } else if (this.header === undefined) {
      this.header = parseHeader(piece);
    } else {
      const { nameSize, size, isFile } = this.header;
      this.header = undefined;
      this.begin(piece.toString('latin1', 0, Math.max(0, nameSize - 1)), size, isFile);
    }
  }

  private begin(name: string, size: number, isFile: boolean): void {
    const path = name.replace(/^(?:\.?\/)+/, '');
    this.isBetween = name === TRAILER;
    if (!this.wants(path) || !isFile || size === 0) {
      this.toSkip = alignUp(size, 4);
      return;
    }
    this.kept += size;
    if (this.kept > CPIO_KEPT_MAX) throw new FormatError(FORMAT, `${path} is too large`);
    this.content = { path, size };
  }
}

function parseHeader(bytes: Buffer): Header {
  if (!MAGIC.test(bytes.toString('latin1', 0, 6)))
    throw new FormatError(FORMAT, 'it does not begin as an archive does');
  const field = (at: number): number => {
    const text = bytes.toString('latin1', at, at + FIELD_SIZE);
    if (!/^[0-9A-Fa-f]{8}$/.test(text)) throw new FormatError(FORMAT, 'a field is not a number');
    return parseInt(text, 16);
  };
  const nameSize = field(NAME_SIZE_AT);
  if (nameSize === 0 || nameSize > NAME_SIZE_MAX)
    throw new FormatError(FORMAT, `a name of ${nameSize} bytes`);
  return {
    isFile: (field(MODE_AT) & TYPE_MASK) === REGULAR_FILE,
    size: field(FILE_SIZE_AT),
    nameSize,
  };
}
