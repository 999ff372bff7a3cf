/**
 * The way of text out of the program: results to standard output, everything else to standard error. What others made of
 * it cannot steer a terminal (`printable.ts`), the progress line is erased before anything else is written, and writing to
 * what is full or gone has one sentence.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import tty from 'node:tty';
import { RootsealError } from './errors.js';
import { oneLine, printable } from './printable.js';
import { systemErrorCode, systemErrorWords } from './system-errors.js';

/**
 * ECMA-48: to the beginning of the line, and erase all from there. The cursor waits at the beginning of the progress line: so it is
 * there, too, when the terminal becomes narrower and breaks the line in two.
 */
const ERASE_BELOW = '\x1b[J';

/** No text of others has it, because nobody can know it beforehand. */
let secret: string | undefined;

/** What becomes the control sequence "select graphic rendition" (ECMA-48) with this parameter when it is written. */
export function colourMark(parameter: number): string {
  secret ??= randomBytes(8).toString('hex');
  return `\x1b[${secret};${parameter}m`;
}

/** What is written for a text: nothing in it is a control character but line feeds, tabs and our own colours. */
export function shownText(text: string): string {
  const shown = printable(text);
  return secret === undefined
    ? shown
    : shown.replaceAll(new RegExp(`\\\\x1b\\[${secret};(\\d+)m`, 'g'), '\x1b[$1m');
}

/** Where bytes go. */
export interface Destination {
  /** @throws what Node says when it cannot be written; everything was written when it resolves */
  readonly out: (bytes: Uint8Array) => Promise<void>;
  /** Whether results go to a file or a pipe: then the progress line is not in their way. */
  readonly outIsElsewhere?: () => boolean;
  /** Never throws: nobody could be told. */
  readonly err: (text: string) => void;
}

export class Streams {
  private readonly to: Destination;
  private isShown = false;
  private hasResult = false;

  constructor(to: Destination) {
    this.to = to;
  }

  /**
   * Writes a result: text made fit for a terminal, or the bytes of a content as they are. Text whose reader has gone
   * (`| head`) is dropped: they have what they wanted, and the command's work is done to its end. Of a content the rest is lacking.
   *
   * @throws {RootsealError} NO_SPACE, FAILED
   */
  async result(chunk: string | Uint8Array): Promise<void> {
    if (this.to.outIsElsewhere?.() !== true) {
      this.eraseProgress();
      this.hasResult = true;
    }
    const isText = typeof chunk === 'string';
    try {
      await this.to.out(isText ? Buffer.from(shownText(chunk), 'utf8') : chunk);
    } catch (error) {
      const isGone = GONE.has(systemErrorCode(error) ?? '');
      if (isText && isGone) return;
      const what = isGone
        ? 'the reader has gone before the end'
        : systemErrorWords(error, 'it cannot be written');
      throw new RootsealError(
        systemErrorCode(error) === 'ENOSPC' || systemErrorCode(error) === 'EDQUOT'
          ? 'NO_SPACE'
          : 'FAILED',
        `standard output: ${what}`,
      );
    }
  }

  /** A line on standard error. Spaces at its beginning stay: it may belong to the line before. */
  line(text: string): void {
    this.eraseProgress();
    const [indentation = ''] = /^ */.exec(text) ?? [];
    this.to.err(`${indentation}${oneLine(text)}\n`);
  }

  /** Several lines on standard error. */
  lines(text: string): void {
    this.eraseProgress();
    this.to.err(`${printable(text)}\n`);
  }

  get isProgressShown(): boolean {
    return this.isShown;
  }

  /** Whether a result, or a part of one, stands on the terminal. */
  get isResultShown(): boolean {
    return this.hasResult;
  }

  /** A line on standard error that the next thing written takes the place of. It must fit the terminal. */
  progress(text: string): void {
    this.isShown = true;
    this.to.err(`\r${oneLine(text)}${ERASE_BELOW}\r`);
  }

  eraseProgress(): void {
    if (this.isShown) this.to.err(`\r${ERASE_BELOW}`);
    this.isShown = false;
  }
}

/** A pipe or a socket that nobody reads any more, and how Node says that it said so before. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Those of the process. */
export const streams = new Streams({
  out: writeToStandardOutput,
  err: writeToStandardError,
  outIsElsewhere: () => !tty.isatty(STDOUT),
});

async function writeToStandardOutput(bytes: Uint8Array): Promise<void> {
  const stat = fs.fstatSync(STDOUT);
  if (!stat.isFIFO() && !stat.isSocket() && !tty.isatty(STDOUT)) {
    writeAll(STDOUT, bytes);
    return;
  }
  const { stdout } = process;
  listenForErrors(stdout);
  await new Promise<void>((resolve, reject) => {
    stdout.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

const STDOUT = 1;

/** Node takes no notice of a file that got only a part, nor of one that is a block device. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
}

function writeToStandardError(text: string): void {
  const { stderr } = process;
  listenForErrors(stderr);
  stderr.write(text);
}

const listened = new WeakSet<NodeJS.WriteStream>();

/** An error that nobody listens for would end the process; whoever writes gets it too. */
function listenForErrors(stream: NodeJS.WriteStream): void {
  if (listened.has(stream)) return;
  listened.add(stream);
  stream.on('error', () => undefined);
}
