/** Long text for people who look at a terminal: a program that shows it page by page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** As git has it: ends at once when all fits on the screen, shows colours, leaves the text there. */
const LESS = 'FRX';

/** What a shell says of a program that cannot be run, or is not there (POSIX.1-2017, XCU 2.8.2). */
const NOT_RUN = [126, 127];

/**
 * Shows text with a pager, until the person has read enough.
 *
 * @param command for a shell, as man(1) takes MANPAGER and PAGER
 * @returns whether it could be started
 */
export async function showInPager(command: string, text: string): Promise<boolean> {
  if (command.trim() === '') return false;
  const env = { ...process.env, LESS: process.env['LESS'] ?? LESS };
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'], env });
  // Whoever closes it early has read enough.
  child.stdin.on('error', () => undefined);
  const give = handOver('SIGINT');
  try {
    await once(child, 'spawn');
    child.stdin.end(text);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  } catch {
    return false;
  } finally {
    give();
  }
  return child.exitCode === null || !NOT_RUN.includes(child.exitCode);
}

/** Ctrl-C is the pager's: it must not end this program, which would leave two at the terminal. Says how to take it back. */
function handOver(signal: NodeJS.Signals): () => void {
  const listeners = process.listeners(signal);
  const ignore = (): void => undefined;
  process.removeAllListeners(signal);
  process.on(signal, ignore);
  return () => {
    process.removeListener(signal, ignore);
    for (const listener of listeners) process.on(signal, listener);
  };
}
