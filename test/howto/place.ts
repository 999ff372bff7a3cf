/**
 * Where a page runs that needs nothing but rootseal: the machine as it is, with an empty /srv and no trust of its own, and with
 * `rootseal` in the path. Whatever is written goes with the test.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PROGRAM } from '../helpers/cli.js';
import { Shell } from './shell.js';

/** Whoever calls it has a mount namespace (`reasonForNoMounts`). */
export function placeShell(t: TestContext): Shell {
  const scratch = fs.mkdtempSync('/var/tmp/rootseal-test-');
  for (const name of ['root', 'srv', 'overlay']) fs.mkdirSync(join(scratch, name));
  const program = `exec '${process.execPath}' '${PROGRAM}' "$@"`;
  const words = ['bash', '-euc', PREPARE, 'bash', scratch, program, PATH];
  const shell = Shell.start(t, ['unshare', '--mount', '--pid', '--fork', '--kill-child', ...words]);
  // After the shell has ended, which has it as its root directory.
  t.after(() => {
    execFileSync('rm', ['-rf', '--one-file-system', scratch]);
  });
  return shell;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const PREPARE = String.raw`
scratch=$1 program=$2 path=$3
mount -t tmpfs tmpfs "$scratch/overlay"
mkdir "$scratch/overlay/upper" "$scratch/overlay/work"
root=$scratch/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/overlay/upper,workdir=$scratch/overlay/work" "$root"
rm -rf "$root/etc/rootseal" "$root/usr/lib/rootseal"
printf '#!/bin/sh\n%s\n' "$program" >"$root/usr/local/bin/rootseal"
chmod 755 "$root/usr/local/bin/rootseal"
mkdir -p "$root"/{proc,sys,dev,run,srv}
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$scratch/srv" "$root/srv"
exec chroot "$root" env -i HOME=/root PATH="$path" LC_ALL=C.UTF-8 bash --norc
`;
