/**
 * Where a page runs: a root directory of its own, made of another one that is not changed, with an empty /srv on a real
 * file system, the checkout in /opt/rootseal, and no network but its own loopback. All that was started in it ends with
 * the test.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Shell } from './shell.js';

export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

export interface RootOptions {
  /** The root directory that it begins as (system.ts). */
  readonly base: string;
  /** Files of the host that can be read at the same path: caches. */
  readonly visible?: readonly string[];
  /** Whether the checkout is there; true by default. */
  readonly hasCheckout?: boolean;
}

/** A shell in such a root. */
export function rootShell(
  t: TestContext,
  { base, visible = [], hasCheckout = true }: RootOptions,
): Shell {
  const checkout = hasCheckout ? CHECKOUT : '';
  const scratch = fs.mkdtempSync('/var/tmp/rootseal-test-');
  for (const name of ['root', 'srv', 'overlay']) fs.mkdirSync(join(scratch, name));
  const shell = Shell.start(t, [
    ...[
      'unshare',
      '--mount',
      '--pid',
      '--net',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
    ],
    ...['bash', '-euc', PREPARE, 'bash', base, scratch, checkout, PATH, ...visible],
  ]);
  // After the shell has ended, which has it as its root directory.
  t.after(() => {
    execFileSync('rm', ['-rf', '--one-file-system', scratch]);
  });
  return shell;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Changes of the system and of the checkout go to memory: an overlay cannot keep them on the file system that it lies over.
 * Bringing the loopback up is SIOCSIFFLAGS with IFF_UP; perl is in every Debian, ip is not.
 */
const PREPARE = String.raw`
base=$1 scratch=$2 checkout=$3 path=$4
shift 4
perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0); my $lo = pack("a16sx22", "lo", 1); ioctl(S, 0x8914, $lo) or die $!'
mount -t tmpfs tmpfs "$scratch/overlay"
root=$scratch/root
lay_over() {
  mkdir -p "$scratch/overlay/$1/upper" "$scratch/overlay/$1/work"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$scratch/overlay/$1/upper,workdir=$scratch/overlay/$1/work" "$3"
}
lay_over root "$base" "$root"
mkdir -p "$root"/{proc,sys,dev,tmp,run,srv}
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$scratch/srv" "$root/srv"
if [ -n "$checkout" ]; then
  mkdir -p "$root/opt/rootseal"
  lay_over checkout "$checkout" "$root/opt/rootseal"
fi
for one in "$@"; do
  mkdir -p "$root/$one"
  mount --bind "$one" "$root/$one"
done
exec chroot "$root" env -i HOME=/root PATH="$path" LC_ALL=C.UTF-8 bash --norc
`;
