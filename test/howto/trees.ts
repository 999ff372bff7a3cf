/** Trees that pages build from Debian's archive: each made once by the page's own command, and kept outside of the checkout. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../vm/qemu/programs.js';

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rootseal');

/** For a tree of packages that were current when it was made, a month is young enough. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * The directory `tree` that a command makes in the directory where it runs. Another command makes another one.
 * @throws when the command fails
 */
export function treeOf(command: string): string {
  const hash = createHash('sha256').update(command).digest('hex').slice(0, 16);
  const directory = join(CACHE, `howto-tree-${hash}`);
  removeOld(directory);
  if (!fs.existsSync(directory)) make(directory, command);
  return join(directory, 'tree');
}

function make(directory: string, command: string): void {
  fs.mkdirSync(dirname(directory), { recursive: true });
  const work = fs.mkdtempSync(`${directory}.`);
  try {
    // mmdebstrap wants that everybody may enter.
    fs.chmodSync(work, 0o755);
    run('bash', ['-c', `cd "$1" && ${command}`, 'bash', work]);
    // Another run may have been quicker.
    if (!fs.existsSync(directory)) fs.renameSync(work, directory);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function removeOld(directory: string): void {
  const stat = fs.statSync(directory, { throwIfNoEntry: false });
  if (stat !== undefined && stat.mtimeMs < Date.now() - KEPT_MS)
    fs.rmSync(directory, { recursive: true });
}
