/** A small tree in which no rule of `rootseal lint` finds anything. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeCpio, type CpioEntry } from '../../src/formats/cpio.js';
import { ascii } from '../../src/util/bytes.js';
import { elfProgram, RELEASE } from './disk.js';
import { fixTimes } from './fixed-times.js';
import { makeStub } from './pe-file.js';

/** Where its kernel is, relative to the tree. */
export const MODULES = `usr/lib/modules/${RELEASE}`;
const PROGRAM = 'usr/lib/rootseal/rootseal-setup-root';
const POLICY = 'usr/lib/rootseal/setup-root.conf';
const FILES: Readonly<Record<string, string | Buffer>> = {
  [`${MODULES}/vmlinuz`]: 'kernel '.repeat(1000),
  [`${MODULES}/modules.dep`]: 'kernel/fs/ext4.ko:\n',
  [`${MODULES}/kernel/fs/ext4.ko`]: 'module',
  [`${MODULES}/config`]:
    'CONFIG_FS_VERITY=y\nCONFIG_EROFS_FS=m\nCONFIG_OVERLAY_FS=m\nCONFIG_EXT4_FS=y\n',
  'usr/lib/systemd/boot/efi/linuxx64.efi.stub': makeStub(),
  'usr/lib/os-release': 'ID=test\nPRETTY_NAME="Test system"\n',
  'usr/sbin/init': elfProgram(62),
  'etc/passwd': 'root:*:0:0:root:/root:/bin/sh\n',
  [PROGRAM]: elfProgram(62),
  [POLICY]: '[verify]\nmode=none\n',
};
const LINKS = { bin: 'usr/bin', sbin: 'usr/sbin', lib: 'usr/lib' };
const MOUNT_POINTS = 'sysroot proc sys dev run tmp var efi boot usr/bin'.split(' ');

/** Writes files of a tree, with the directories that they are in. */
export function addFiles(tree: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(tree, name)), { recursive: true });
    fs.writeFileSync(join(tree, name), content);
  }
}

/** Makes it in an empty directory. */
export function makeReleaseTree(tree: string): void {
  addFiles(tree, FILES);
  fs.chmodSync(join(tree, 'usr/sbin/init'), 0o755);
  for (const name of MOUNT_POINTS) fs.mkdirSync(join(tree, name), { recursive: true });
  for (const [name, target] of Object.entries(LINKS)) fs.symlinkSync(target, join(tree, name));
  packInitramfs(tree);
  fixTimes(tree);
}

/** Makes the initramfs of what the tree has for it. @param changes of its files; undefined leaves one out */
export function packInitramfs(
  tree: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): void {
  const paths = [POLICY, ...keysOf(tree)];
  const own = paths.flatMap((path) =>
    fs.existsSync(join(tree, path)) ? [[path, fs.readFileSync(join(tree, path))] as const] : [],
  );
  const program = [['init', fs.readFileSync(join(tree, PROGRAM))] as const];
  const files = new Map<string, Buffer | string | undefined>([
    ...program,
    ...own,
    ...Object.entries(changes),
  ]);
  const entries = [...files].flatMap(([path, content]): CpioEntry[] =>
    content === undefined
      ? []
      : [{ kind: 'file', path: ascii(path), mode: 0o644, content: Buffer.from(content) }],
  );
  fs.writeFileSync(join(tree, MODULES, 'initramfs.img'), gzipSync(encodeCpio(entries)));
}

function keysOf(tree: string): string[] {
  const folder = 'usr/lib/rootseal/keys.d';
  const names = fs.existsSync(join(tree, folder)) ? fs.readdirSync(join(tree, folder)) : [];
  return names.map((name) => `${folder}/${name}`);
}
