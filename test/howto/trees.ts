/** Trees that pages build from Debian's archive: each made once by the page's own command, and kept outside of the checkout. */
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from '../vm/qemu/cache.js';
import { run } from '../vm/qemu/programs.js';

/**
 * The directory `tree` that a command makes in the directory where it runs. Another command makes another one.
 * @throws when the command fails
 */
export function treeOf(command: string): string {
  const directory = cached('howto-tree', [`=${command}`], (work) => {
    // mmdebstrap wants that everybody may enter.
    fs.chmodSync(work, 0o755);
    run('bash', ['-c', `cd "$1" && ${command}`, 'bash', work]);
  });
  return join(directory, 'tree');
}
