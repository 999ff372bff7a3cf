/**
 * Where a page runs that needs nothing but rootseal: the machine as it is, with an empty /srv, an empty /etc/rootseal if there is one,
 * and `rootseal` in the path. All of that is gone with the test.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PROGRAM } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { Shell } from './shell.js';

/** Whoever calls it has a mount namespace (`reasonForNoMounts`). */
export function placeShell(t: TestContext): Shell {
  const scratch = scratchDirectory(t, '/var/tmp');
  for (const name of ['bin', 'srv', 'etc']) fs.mkdirSync(join(scratch, name));
  const words = [process.execPath, PROGRAM].map((word) => `'${word}'`).join(' ');
  const program = join(scratch, 'bin/rootseal');
  fs.writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return Shell.start(t, ['unshare', '--mount', 'bash', '-euc', PREPARE, 'bash', scratch, PATH]);
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const PREPARE = String.raw`
scratch=$1 path=$2
mount --bind "$scratch/srv" /srv
for place in /etc/rootseal /usr/lib/rootseal/keys.d; do
  if [ -d "$place" ]; then mount --bind "$scratch/etc" "$place"; fi
done
exec env -i HOME=/root PATH="$scratch/bin:$path" LC_ALL=C.UTF-8 bash --norc
`;
