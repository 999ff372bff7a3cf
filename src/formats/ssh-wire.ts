/** The data types of the SSH protocols (RFC 4251 section 5): numbers are big-endian, a string is its length and its bytes. */
import { FormatError } from '../util/errors.js';

/** Reads them, with bounds. */
export class SshReader {
  private readonly format: string;
  private readonly bytes: Buffer;
  private offset = 0;

  /** @param format what the bytes are, for errors */
  constructor(format: string, bytes: Uint8Array) {
    this.format = format;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes were not read yet. */
  get left(): number {
    return this.bytes.length - this.offset;
  }

  take(size: number): Buffer {
    if (size > this.left)
      throw new FormatError(this.format, 'it ends too early', { offset: this.offset });
    const part = this.bytes.subarray(this.offset, this.offset + size);
    this.offset += size;
    return part;
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  /** A string as text, a character for each byte. */
  text(): string {
    return this.string().toString('latin1');
  }

  /** @throws {FormatError} when something was not read */
  end(): void {
    if (this.left > 0)
      throw new FormatError(this.format, `${this.left} bytes too many`, { offset: this.offset });
  }
}

export function sshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** @param content text is of characters up to U+00FF, a byte each */
export function sshString(content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  return Buffer.concat([sshUint32(bytes.length), bytes]);
}
