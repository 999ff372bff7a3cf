/** Where tests keep what takes long to make or to fetch, outside of the checkout. */
import { homedir } from 'node:os';
import { join } from 'node:path';

const given = process.env['XDG_CACHE_HOME'] ?? '';

/** An empty variable counts as none (XDG Base Directory Specification 0.8). */
export const CACHE = join(given === '' ? join(homedir(), '.cache') : given, 'rootseal');
