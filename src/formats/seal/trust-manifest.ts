/**
 * The trust manifest of a unified kernel image: its command line, and the files that say whom the image trusts, in one file
 * (docs/formats/trust-manifest.md). The boot program reads it in place of them.
 */
import { byteStringAt, fromText, toText, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { parseDecimal } from '../decimal.js';
import { COMMAND_LINE_MAX } from '../deployment/command-line.js';
import { SETTINGS_FILE_MAX } from '../setting-lines.js';

/** One of the files that say whom an image trusts. */
export interface TrustFile {
  /** Absolute within the image. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What the boot program of one unified kernel image believes. */
export interface TrustManifest {
  /** Every word that the kernel may get, but for further `console=` words: the section `.cmdline`. */
  readonly commandLine: string;
  /** The one that counts; none when the defaults do. */
  readonly policy?: TrustFile | undefined;
  /** In any order. */
  readonly keys: readonly TrustFile[];
  /** In any order. */
  readonly revocations: readonly TrustFile[];
}

/** Where the boot program looks for it in the initramfs. */
export const TRUST_MANIFEST_PATH = '/usr/lib/rootseal/trust-manifest';
/** Longest manifest, in bytes. */
export const TRUST_MANIFEST_MAX = 1 << 20;

const FORMAT = 'trust manifest';
const FIRST_LINE = 'rootseal trust manifest v1';
const LAST_LINE = 'end';
const NAME_MAX = 255;
const POLICY = /^\/(?:etc|usr\/lib)\/rootseal\/setup-root\.conf$/;
const KEYS = /^\/(?:etc|usr\/lib)\/rootseal\/keys\.d\/(?!\.)([^/]+\.pub)$/;
const REVOCATIONS = /^\/(?:etc|usr\/lib)\/rootseal\/revoked\.d\/(?!\.)([^/]+)$/;

/**
 * The same manifest gives the same bytes.
 *
 * @throws {FormatError} when something is in it that a manifest cannot hold
 */
export function encodeTrustManifest(manifest: TrustManifest): Buffer {
  const { commandLine, policy, keys, revocations } = manifest;
  const problem = signedLineProblem(commandLine);
  if (problem !== undefined) throw new FormatError(FORMAT, `the command line ${problem}`);
  requireKind('policy', POLICY, policy === undefined ? [] : [policy]);
  requireKind('keys', KEYS, keys);
  requireKind('revocations', REVOCATIONS, revocations);
  const files = [...(policy === undefined ? [] : [policy]), ...keys, ...revocations];
  const named = files.map((file) => ({ name: fromText(file.path), file }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  const bytes = Buffer.concat([
    Buffer.from(`${FIRST_LINE}\ncommand-line ${commandLine.length}\n${commandLine}\n`),
    ...named.flatMap(({ file }) => encodeFile(file)),
    Buffer.from(`${LAST_LINE}\n`),
  ]);
  // What cannot be read again is not written: two files of one path, or too much.
  decodeTrustManifest(bytes);
  return bytes;
}

/** @throws {FormatError} for whatever `encodeTrustManifest` does not write */
export function decodeTrustManifest(bytes: Uint8Array): TrustManifest {
  if (bytes.length > TRUST_MANIFEST_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${TRUST_MANIFEST_MAX}`);
  const reader = new Reader(bytes);
  if (reader.line() !== FIRST_LINE)
    throw new FormatError(FORMAT, `the first line is not "${FIRST_LINE}"`);
  const commandLine = readCommandLine(reader);
  const files = readFiles(reader);
  const ofKind = (kind: RegExp): TrustFile[] => files.filter(({ path }) => kind.test(path));
  const [policy, second] = ofKind(POLICY);
  if (second !== undefined) throw new FormatError(FORMAT, 'there are two policies');
  const keys = ofKind(KEYS);
  const revocations = ofKind(REVOCATIONS);
  return { commandLine, ...(policy === undefined ? {} : { policy }), keys, revocations };
}

/** Says why the words of a command line cannot be in a manifest, or nothing. */
export function signedLineProblem(line: string): string | undefined {
  if (line === '') return 'is empty';
  if (line.length > COMMAND_LINE_MAX)
    return `has ${line.length} bytes, and kernels take ${COMMAND_LINE_MAX}`;
  if (!/^[\x20-\x7e]*$/.test(line)) return 'has a byte that is not printable ASCII';
  if (/['\\]/.test(line))
    return 'has a single quote or a backslash, which not everybody who reads it understands alike';
  if ((line.split('"').length - 1) % 2 !== 0) return 'has a quote that is not closed';
  const isSpaced = line.split('"').every((part, index, parts) => {
    if (index % 2 === 1) return true;
    const [isFirst, isLast] = [index === 0, index === parts.length - 1];
    return (
      !part.includes('  ') && !(isFirst && part.startsWith(' ')) && !(isLast && part.endsWith(' '))
    );
  });
  return isSpaced ? undefined : 'has other white space than one space between two words';
}

function encodeFile({ path, content }: TrustFile): Buffer[] {
  return [Buffer.from(`file ${content.length} ${path}\n`), Buffer.from(content), Buffer.from('\n')];
}

function requireKind(what: string, kind: RegExp, files: readonly TrustFile[]): void {
  const other = files.find(({ path }) => !kind.test(path));
  if (other !== undefined)
    throw new FormatError(FORMAT, `${JSON.stringify(other.path)} is not a path of ${what}`);
}

function readCommandLine(reader: Reader): string {
  const size = /^command-line ([0-9]+)$/.exec(reader.line() ?? '')?.[1];
  if (size === undefined) throw reader.problem('expected "command-line" and a size');
  const line = reader.content(size, COMMAND_LINE_MAX).toString('latin1');
  const problem = signedLineProblem(line);
  if (problem !== undefined) throw new FormatError(FORMAT, `the command line ${problem}`);
  return line;
}

/** Until the last line, behind which nothing is. */
function readFiles(reader: Reader): TrustFile[] {
  const files: TrustFile[] = [];
  let last = '';
  for (;;) {
    const line = reader.line();
    if (line === LAST_LINE) {
      if (!reader.isAtEnd()) throw reader.problem('something stands behind the end');
      return files;
    }
    const [, size, name] = /^file ([0-9]+) (.+)$/s.exec(line ?? '') ?? [];
    if (size === undefined || name === undefined)
      throw reader.problem('expected "file", a size and a path, or the end');
    if (name <= last) throw reader.problem('the paths are not in ascending order');
    last = name;
    files.push({
      path: requirePath(name as ByteString, reader),
      content: reader.content(size, SETTINGS_FILE_MAX),
    });
  }
}

/** @throws {FormatError} unless it is where a policy, keys or revocations are, with a name that is UTF-8 without control characters */
function requirePath(name: ByteString, reader: Reader): string {
  const path = toText(name);
  const isNamed = [POLICY, KEYS, REVOCATIONS].some((kind) => {
    const found = kind.exec(name);
    return found !== null && (found[1] ?? '').length <= NAME_MAX;
  });
  // eslint-disable-next-line no-control-regex -- these bytes are what is refused
  if (path === undefined || !isNamed || /[\x00-\x1f\x7f]/.test(path))
    throw reader.problem('the path is not one of a policy, keys or revocations');
  return path;
}

/** Lines and contents, one after the other. */
class Reader {
  private readonly bytes: Buffer;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next line without its newline; none when there is no newline. */
  line(): string | undefined {
    const end = this.bytes.indexOf('\n', this.offset);
    if (end === -1) return undefined;
    const line = byteStringAt(this.bytes, this.offset, end);
    this.offset = end + 1;
    return line;
  }

  /** A copy of so many bytes, which a newline follows. */
  content(digits: string, limit: number): Buffer {
    const size = parseDecimal(digits);
    if (size === undefined || size > limit)
      throw this.problem(`the size is not a number up to ${limit}`);
    const end = this.offset + size;
    if (this.bytes[end] !== NEWLINE) throw this.problem('no newline follows the content');
    const content = Buffer.from(this.bytes.subarray(this.offset, end));
    this.offset = end + 1;
    return content;
  }

  isAtEnd(): boolean {
    return this.offset === this.bytes.length;
  }

  problem(message: string): FormatError {
    return new FormatError(FORMAT, message, { offset: this.offset });
  }
}

const NEWLINE = 0x0a;
