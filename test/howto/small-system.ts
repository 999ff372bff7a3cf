/** A tree with what rootseal looks at in a system that is to start: kernel, modules, boot program and init are stand-ins. */
import fs from 'node:fs';
import { join } from 'node:path';
import { elfProgram, MOUNT_POINTS, RELEASE } from '../helpers/disk.js';

const MODULES = `usr/lib/modules/${RELEASE}`;

const FILES: Readonly<Record<string, string>> = {
  [`${MODULES}/vmlinuz`]: 'kernel '.repeat(1000),
  [`${MODULES}/modules.dep`]: 'overlay.ko:\nerofs.ko:\n',
  [`${MODULES}/overlay.ko`]: 'module overlay',
  [`${MODULES}/erofs.ko`]: 'module erofs',
  'usr/lib/rootseal/rootseal-setup-root': '\x7fELF a program',
  'usr/lib/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  'etc/hostname': 'host\n',
};

/** Its directory. @param parent is there */
export function makeSmallSystem(parent: string): string {
  const tree = join(parent, 'tree');
  for (const name of ['var', 'tmp', 'sbin', ...Object.keys(MOUNT_POINTS)])
    fs.mkdirSync(join(tree, name), { recursive: true });
  for (const [path, content] of Object.entries(FILES)) {
    fs.mkdirSync(join(tree, path, '..'), { recursive: true });
    fs.writeFileSync(join(tree, path), content, 'latin1');
  }
  fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(62), { mode: 0o755 });
  return tree;
}
