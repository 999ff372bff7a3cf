/**
 * Runs the boot program as an initramfs would, in a mount namespace that ends with it: a file system in memory as `/`, a file
 * over /proc/cmdline, and a directory of a real file system mounted as the physical root at /sysroot.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { buildBoot, cannotBuild } from './boot-program.js';
import { reasonForNoMounts } from './mounts.js';

/** Why the program cannot be run here; false when it can. */
export const cannotBoot =
  cannotBuild || (process.getuid?.() !== 0 && 'mounting needs root') || reasonForNoMounts();

export interface BootRequest {
  /** A directory for what the run leaves. */
  readonly scratch: string;
  readonly cmdline: string;
  /** Files of the initramfs by their paths. A content that starts with `->` is the target of a symbolic link. */
  readonly files?: Readonly<Record<string, string>>;
  /** The directory that is mounted at /sysroot; without one nothing is. */
  readonly physical?: string;
  /** Shell commands in the initramfs's root directory, before the program starts. */
  readonly before?: string;
  /** Shell commands there afterwards; the new root is at `sysroot`. */
  readonly after?: string;
  readonly args?: readonly string[];
}

export interface MountLine {
  /** Seen from the initramfs. */
  readonly place: string;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

export interface BootResult {
  readonly status: number;
  /** What the program printed. */
  readonly output: string;
  /** /run/rootseal/boot.json and refused.json, if they are there. */
  readonly boot: Record<string, unknown> | undefined;
  readonly refused: Record<string, unknown> | undefined;
  /** What is mounted at /sysroot and below. */
  readonly mounts: readonly MountLine[];
  /** What /sysroot holds. */
  readonly names: readonly string[];
  /** What the commands `after` printed. */
  readonly afterwards: string;
}

const SCRIPT = `set -e
cd "$1"; mkdir root; mount -t tmpfs initramfs root; cp -a files/. root; cd root
mkdir -p proc dev sys run sysroot bin
mount -t proc proc proc; mount --bind ../cmdline proc/cmdline; mount -t tmpfs run run
cp "$2" bin/rootseal-setup-root
if [ -n "$3" ]; then mount --bind "$3" sysroot; fi
before=$4 after=$5; shift 5
eval "$before"
status=0; chroot . /bin/rootseal-setup-root "$@" >../output 2>&1 || status=$?
printf %s "$status" >../status
cat /proc/self/mountinfo >../mountinfo
ls -A sysroot >../names
for name in boot refused; do if [ -e run/rootseal/$name.json ]; then cp run/rootseal/$name.json ..; fi; done
eval "$after"
`;

/** Runs the program once and collects what it did. */
export function bootOnce(request: BootRequest): BootResult {
  const { cmdline, files = {}, physical = '', before = ':', after = ':', args = [] } = request;
  const scratch = fs.mkdtempSync(join(fs.realpathSync(request.scratch), 'boot-'));
  const root = join(scratch, 'files');
  fs.mkdirSync(root);
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    fs.mkdirSync(dirname(path), { recursive: true });
    if (content.startsWith('->')) fs.symlinkSync(content.slice(2), path);
    else fs.writeFileSync(path, content);
  }
  fs.writeFileSync(join(scratch, 'cmdline'), cmdline);
  const program = buildBoot('rootseal-setup-root');
  const parameters = [scratch, program, physical, before, after, ...args];
  const command = ['-m', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', ...parameters];
  const afterwards = execFileSync('unshare', command, { encoding: 'utf8' });
  const read = (name: string) => fs.readFileSync(join(scratch, name), 'utf8');
  const readJson = (name: string) =>
    fs.existsSync(join(scratch, name))
      ? (JSON.parse(read(name)) as Record<string, unknown>)
      : undefined;
  return {
    status: Number(read('status')),
    output: read('output'),
    boot: readJson('boot.json'),
    refused: readJson('refused.json'),
    mounts: parseMounts(read('mountinfo'), join(scratch, 'root')),
    names: read('names').split('\n').filter(Boolean),
    afterwards,
  };
}

/** Lines of proc_pid_mountinfo(5) at or below `root`/sysroot. */
function parseMounts(text: string, root: string): MountLine[] {
  return text
    .split('\n')
    .filter((line) => `${line.split(' ')[4] ?? ''}/`.startsWith(`${root}/sysroot/`))
    .map((line) => {
      const [mount = '', fileSystem = ''] = line.split(' - ');
      const [, , , , place = '', options = ''] = mount.split(' ');
      const [type = '', source = '', superOptions = ''] = fileSystem.split(' ');
      return {
        place: place.slice(root.length),
        options: options.split(','),
        type,
        source,
        superOptions: superOptions.split(','),
      };
    });
}
