/** Ending the process at once. */
import { native } from './libc.js';

const exit = native<[number]>('_exit', 'int', ['int']);

/**
 * Tells those who listen for it that the process ends, and ends it: _exit(2). Node's own way waits for its threads, and one that
 * waits in a system call, for the writer of a fifo perhaps, does not come.
 */
export function exitAtOnce(status: number): void {
  process.exitCode = status;
  process.emit('exit', status);
  exit(status);
}
