/**
 * Makes an initramfs with Debian's initramfs-tools, in a system of its own that is unpacked once and kept outside of the checkout.
 * What a test changes there lies in memory and is forgotten.
 */
import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { buildBoot, cannotBuild, CHECKOUT } from './boot-program.js';
import { reasonForNoMounts } from './mounts.js';
import { CACHE } from './cache-folder.js';
import { mmdebstrap } from './mmdebstrap.js';

const SUITE = 'trixie';
const KERNELS: Readonly<Record<string, string>> = {
  x64: 'linux-image-cloud-amd64',
  arm64: 'linux-image-cloud-arm64',
};
const RECIPE = [
  ...['--mode=root', '--format=directory', '--variant=apt', '--quiet'],
  `--include=initramfs-tools,zstd,${KERNELS[process.arch] ?? ''}`,
  ...['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
];

/** Why no initramfs can be made here; false when it can. */
export const cannotMake =
  cannotBuild ||
  (KERNELS[process.arch] === undefined && 'Debian has no cloud kernel for this machine') ||
  (process.getuid?.() !== 0 && 'needs root: a Debian system has files of many owners') ||
  (spawnSync('mmdebstrap', ['--version']).status !== 0 && 'needs mmdebstrap') ||
  reasonForNoMounts();

export interface InitramfsToolsRequest {
  /** A directory for what is made. */
  readonly scratch: string;
  /** Files of the system by path, with what they hold. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Shell commands in the system's root directory, before the initramfs is made. */
  readonly before?: string;
  /** Made by process 1 of the system, as on a machine that has started it; else in a tree. */
  readonly isMachine?: boolean;
  /** Without the right to look at other processes. */
  readonly isConfined?: boolean;
}

export interface InitramfsToolsResult {
  readonly status: number;
  /** What mkinitramfs printed. */
  readonly output: string;
  readonly initrd: string;
  readonly kernel: string;
  /** Paths in the archive, without a leading slash. */
  readonly names: readonly string[];
  /** Its files, except modules, in a directory. */
  readonly unpacked: string;
}

/** Runs a command that may not look at what has more rights, as process 1 has. */
export const CONFINED = 'setpriv --bounding-set=-sys_ptrace';

const SCRIPT = `set -e
system=$1 scratch=$2 checkout=$3 before=$4 machine=$5 confined=$6
cd "$scratch"; mkdir memory unpacked; mount -t tmpfs tmpfs memory; cd memory; mkdir upper work root
mount -t overlay -o "lowerdir=$system,upperdir=upper,workdir=work" overlay root
flock "$checkout/initramfs/Makefile" make -s -C "$checkout/initramfs" install DESTDIR="$PWD/root"
cp -R ../files/. root
cd root; mount -t proc proc proc; mount --rbind /dev dev
echo '${CONFINED} "$@"; exit $?' >run/confined
eval "$before"
status=0; $machine chroot . $confined mkinitramfs -o /tmp/initrd "$(ls lib/modules)" >../../output 2>&1 || status=$?
printf %s "$status" >../../status
[ "$status" = 0 ] || exit 0
cp tmp/initrd ../..
chroot . lsinitramfs /tmp/initrd >../../names
chroot . unmkinitramfs /tmp/initrd /tmp/unpacked
for part in tmp/unpacked/main* tmp/unpacked; do
  if [ -e "$part/usr" ]; then rm -r "$part"/usr/lib/modules; cp -a "$part"/. ../../unpacked; fi
done
`;

/** Installs the boot program, makes an initramfs, and takes it apart. */
export function makeInitramfs(request: InitramfsToolsRequest): InitramfsToolsResult {
  const scratch = fs.mkdtempSync(join(request.scratch, 'initramfs-tools-'));
  const root = join(scratch, 'files');
  fs.mkdirSync(root);
  for (const [name, content] of Object.entries(request.files)) {
    const path = join(root, name);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, content);
  }
  buildBoot('rootseal-setup-root');
  const system = debianSystem();
  // Process 1 is one that may be looked at in either, which that of the machine with these tests need not be.
  fs.writeFileSync(join(scratch, 'child'), '"$@"; exit $?\n');
  const first = request.isMachine === true ? '' : 'sh ../../child';
  const machine = `unshare --pid --fork --mount-proc=proc ${first}`;
  const confined = request.isConfined === true ? 'sh /run/confined' : '';
  const parameters = [system, scratch, CHECKOUT, request.before ?? ':', machine, confined];
  execFileSync('unshare', [
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    ...parameters,
  ]);
  const read = (name: string): string => fs.readFileSync(join(scratch, name), 'utf8');
  const status = Number(read('status'));
  const [kernel = ''] = fs
    .readdirSync(join(system, 'boot'))
    .filter((name) => name.startsWith('vmlinuz-'));
  return {
    status,
    output: read('output'),
    initrd: join(scratch, 'initrd'),
    kernel: join(system, 'boot', kernel),
    names: status === 0 ? read('names').split('\n') : [],
    unpacked: join(scratch, 'unpacked'),
  };
}

/** Another recipe has another folder, so that no old system is taken for a new one. */
function debianSystem(): string {
  const recipe = createHash('sha256').update(RECIPE.join(' ')).digest('hex').slice(0, 12);
  const system = join(CACHE, `initramfs-tools-${SUITE}-${recipe}`);
  if (fs.existsSync(system)) return system;
  fs.mkdirSync(CACHE, { recursive: true });
  const work = fs.mkdtempSync(`${system}.`);
  try {
    // INITRD=No: the packages make no initramfs of their own.
    mmdebstrap([...RECIPE, SUITE, join(work, 'system')], { INITRD: 'No' });
    fs.renameSync(join(work, 'system'), system);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return system;
}
