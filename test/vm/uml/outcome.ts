/** Tells a failure of the bench, whose kernel ended by itself, from what the command of a run came to. */

/** How the kernel, a program of the host, ended. */
export interface KernelEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether its host ended it, because its time was up. */
  readonly givenUp: boolean;
  /** The lines that came, without their times. */
  readonly lines: readonly string[];
}

const PANIC = /^Kernel panic - not syncing: (.*)/;
/** The first lines of a panic tell it from others. */
const PANIC_LINES = 30;

/**
 * Why a run says nothing about its command; undefined when it does.
 *
 * No command can do this to a kernel that is right: whoever powers off ends it with status 0, and a panic with SIGABRT. What a
 * command printed is not asked: it can print anything.
 */
export function failureOfBench({ code, signal, givenUp, lines }: KernelEnd): string | undefined {
  if (givenUp || code === 0) return undefined;
  const how = signal === null ? `with status ${String(code)}` : `by ${signal}`;
  const reasons = lines.flatMap((line) => PANIC.exec(line)?.[1] ?? []);
  const reason = reasons.at(-1);
  return reason === undefined
    ? `the kernel of the bench ended ${how}`
    : `the kernel of the bench panicked: ${reason}`;
}

/** What is shown of it: the panic and its stack, or else the last lines that came. */
export function panicLines(lines: readonly string[]): readonly string[] {
  const at = lines.findLastIndex((line) => PANIC.test(line));
  return at < 0 ? lines.slice(-PANIC_LINES) : lines.slice(at, at + PANIC_LINES);
}
