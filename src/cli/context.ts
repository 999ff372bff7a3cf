/** What a command may touch of the process it runs in. Tests pass their own. */
import { printableJson } from '../util/printable.js';
import type { Progress } from '../util/progress.js';
import type { Paint } from './render/color.js';

/** Something to write to: waits when a pipe is full. Text is made fit for a terminal; bytes are the content of something. */
export type Output = (chunk: string | Uint8Array) => Promise<void>;

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results go here, and nothing else. */
  readonly stdout: Output;
  /** Whether a person is looking at the result. */
  readonly stdoutIsTerminal: boolean;
  /** `--json` */
  readonly json: boolean;
  /** `--verbose` */
  readonly verbose: boolean;
  /** Whether effective privileges let owners be set and devices be made. */
  readonly privileged: boolean;
  readonly progress: Progress;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; its reason is the error that the command ends with. */
  readonly signal: AbortSignal;
  /** Colours text for people, where they want it. */
  readonly paint: Paint;
  /** Seconds since 1970, by the clock: for ages, and for what happens to a host. */
  readonly now: () => number;
  /** Seconds since 1970 for what is made, so that it can be made again: `SOURCE_DATE_EPOCH`, else the clock. */
  readonly sourceDate: () => number;
  /** One line on standard error, for people; with `--json` a document with a `note`. Silent with `--quiet`. */
  readonly remark: (line: string) => void;
}

/** How a command ended that did not fail. Only `main.ts` knows exit statuses. */
export type Outcome = 'done' | 'findings' | 'unchanged';

/**
 * Prints a result: a document with `--json`, else text for people. Text gets a final newline. A document is an object, never a list,
 * so that keys can be added to it; it says the version of its schema first: 1 where it says none itself.
 */
export async function printResult(context: Context, text: string, document: object): Promise<void> {
  if (context.json) await context.stdout(`${printableJson({ version: 1, ...document })}\n`);
  else if (text !== '') await context.stdout(text.endsWith('\n') ? text : `${text}\n`);
}
