/**
 * What the pages begin on: a bare Debian 13 with Node and npm, in which the page's own apt-get line was run. Made once for each such
 * line, with the network, and kept; each run of a page gets a copy on write.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { bareRoot } from '../helpers/bare-root.js';
import { debPackages } from '../helpers/deb-packages.js';
import { KEPT } from '../helpers/bare-system.js';
import { inScope } from '../helpers/scratch.js';
import { cachedLater } from '../vm/qemu/cache.js';
import { aptCommand } from './commands.js';

const RECIPE = [
  ...['bare-system', 'bare-root'].map((name) => `test/helpers/${name}.ts`),
  'test/howto/system.ts',
];

/** Where pages have the packages of rootseal. */
const PACKAGES = '/opt/packages';

/** The root directory of such a system. One whose page installs the packages of rootseal has no Node before that. */
export async function systemOf(name: string, markdown: string): Promise<string> {
  const command = aptCommand(markdown);
  const packages = command.includes(' ./rootseal') ? debPackages().directory : undefined;
  const directory = await cachedLater(
    `howto-${basename(name, '.md')}`,
    [...RECIPE, `=${command}`, `=${packages ?? ''}`],
    (work) =>
      inScope(async (scope) => {
        const { run, root } = await bareRoot(scope, 'trixie');
        // The answer that somebody at the keyboard gives.
        fs.writeFileSync(join(root, 'etc/apt/apt.conf.d/90yes'), 'APT::Get::Assume-Yes "true";\n');
        if (packages !== undefined) {
          execFileSync('cp', ['-r', packages, join(root, PACKAGES)]);
          assert.equal(run('apt-get', 'purge', '--autoremove', '-q', 'nodejs', 'npm').status, 0);
        }
        const place = packages === undefined ? '.' : PACKAGES;
        const script = `apt-get update && cd ${place} && DEBIAN_FRONTEND=noninteractive ${command}`;
        const { status, output } = run('sh', '-c', script);
        assert.equal(status, 0, output);
        // Without the clone, and without what is mounted there: /proc and the like, and what is kept of downloads.
        execFileSync('cp', ['-a', '--one-file-system', root, join(work, 'root')]);
        for (const place of ['root', ...Object.values(KEPT)])
          fs.rmSync(join(work, 'root', place), { recursive: true, force: true });
      }),
  );
  return join(directory, 'root');
}
