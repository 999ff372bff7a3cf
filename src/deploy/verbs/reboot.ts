/** Restarts the machine, in order. */
import { run } from '../../linux/exec.js';
import { RootsealError } from '../../util/errors.js';
import { isRunningSystem } from '../host/sysroot.js';

/** @throws {RootsealError} USAGE when the sysroot is not the running system's */
export function requireRebootable(sysroot: string | undefined): void {
  if (isRunningSystem(sysroot)) return;
  throw new RootsealError(
    'USAGE',
    '--apply reboots the running system, and --sysroot names another',
  );
}

/** Returns before the machine ends: what is staged becomes the default on the way. */
export async function reboot(): Promise<void> {
  await run('systemctl', ['--no-block', 'reboot']);
}
