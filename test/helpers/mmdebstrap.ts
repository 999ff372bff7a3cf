/** Debian systems for tests, made by mmdebstrap. */
import { execFileSync } from 'node:child_process';

/**
 * It starts python3 for each package, when files are left out of it. That is Debian's own: one that a version manager puts before it takes
 * a second to find out which it is.
 */
const PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', process.env['PATH'] ?? ''].join(':');

/** @param env variables besides those of this process */
export function mmdebstrap(args: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}): void {
  execFileSync('mmdebstrap', args, {
    env: { ...process.env, PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
