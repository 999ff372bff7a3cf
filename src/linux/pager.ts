/** Long text for people who look at a terminal: a program that shows it page by page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** As git has it: ends at once when all fits on the screen, shows colours, leaves the text there. */
const LESS = 'FRX';

/**
 * Shows text with a pager, until the person has read enough.
 *
 * @param command the program and its arguments, with spaces between
 * @returns whether it could be started
 */
export async function showInPager(command: string, text: string): Promise<boolean> {
  const [program = '', ...args] = command.trim().split(/\s+/);
  if (program === '') return false;
  const env = { ...process.env, LESS: process.env['LESS'] ?? LESS };
  const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], env });
  // Whoever closes it early has read enough.
  child.stdin.on('error', () => undefined);
  try {
    await once(child, 'spawn');
  } catch {
    return false;
  }
  child.stdin.end(text);
  // Ctrl-C is the pager's.
  if (child.exitCode === null) await once(child, 'exit');
  return true;
}
