/** What a machine says on its serial console: lines with the time at which they came. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';

export interface Line {
  /** Milliseconds since the machine was started. */
  readonly at: number;
  readonly text: string;
}

/** Escape sequences of firmware and boot loaders, which draw on the console. */
// eslint-disable-next-line no-control-regex -- an escape sequence starts with a control character
const ESCAPES = /\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>])/g;

/** How often somebody who waits looks at what came. */
const LOOK_EVERY_MS = 25;

/** The start of a line that nothing was added to for so long is a prompt. */
const PROMPT_AFTER_MS = 1000;

export class Console {
  readonly lines: Line[] = [];
  private readonly started = performance.now();
  private rest = '';
  private restAt = 0;
  private ended = false;

  constructor(stream: Readable) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.take(chunk);
    });
    stream.on('close', () => {
      if (this.rest !== '') this.add(this.rest);
      this.ended = true;
    });
  }

  /** The first line, of those from number `from` on, that matches, whether it is there or still comes; undefined when the machine ends without. */
  async find(pattern: RegExp, from = 0): Promise<Line | undefined> {
    for (let next = from; ;) {
      // Asked before the lines are looked at: whatever came before the end is among them.
      const ended = this.ended;
      const waited = performance.now() - this.restAt;
      const prompt = waited > PROMPT_AFTER_MS ? this.rest : '';
      for (; next < this.lines.length; next++) {
        const line = this.lines[next];
        if (line !== undefined && pattern.test(line.text)) return line;
      }
      if (prompt !== '' && pattern.test(prompt))
        return { at: performance.now() - this.started, text: prompt };
      if (ended) return undefined;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** All lines that came so far and match. */
  all(pattern: RegExp): string[] {
    return this.lines.filter(({ text }) => pattern.test(text)).map(({ text }) => text);
  }

  /** Everything, for people. */
  transcript(): string {
    return this.lines
      .map(({ at, text }) => `${(at / 1000).toFixed(1).padStart(7)} ${text}`)
      .join('\n');
  }

  private take(chunk: string): void {
    const pieces = (this.rest + chunk).split('\n');
    this.rest = pieces.pop() ?? '';
    this.restAt = performance.now();
    for (const piece of pieces) this.add(piece);
  }

  private add(raw: string): void {
    const text = raw.replaceAll(ESCAPES, '').replaceAll('\r', '').trimEnd();
    if (text !== '') this.lines.push({ at: performance.now() - this.started, text });
  }
}
