/** The two trees of the demo. */
import { appendFileSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../images/debian/build', import.meta.url));

/** Builds the Debian tree, which gets the keys in `keys`, or takes the one that ROOTSEAL_DEMO_TREE names, which must stay as it is. */
export async function firstTree(shell) {
  const given = process.env.ROOTSEAL_DEMO_TREE;
  if (given) {
    console.log(`ROOTSEAL_DEMO_TREE: ${resolve(given)} is used as it is.`);
    return { path: resolve(given), isOurs: false };
  }
  await shell.run(['env', `ROOTSEAL_KEYS=${join(shell.folder, 'keys')}`, BUILD, 'tree'], {
    title: 'building the Debian tree',
  });
  const { inodes, bytes } = measure(join(shell.folder, 'tree'));
  console.log(`${inodes} inodes, ${(bytes / 1e6).toFixed(0)} MB`);
  return { path: 'tree', isOurs: true };
}

/** The tree of the second version, with its path. */
export async function changedTree(shell, tree) {
  let { path } = tree;
  if (!tree.isOurs) {
    path = 'tree2';
    await shell.run(['cp', '-a', '--reflink=auto', tree.path, path]);
  }
  const root = join(shell.folder, path);
  console.log(
    `(appending a line to ${path}/usr/lib/os-release, adding ${path}/etc/rootseal-demo)\n`,
  );
  appendFileSync(join(root, 'usr/lib/os-release'), 'VARIANT="rootseal demo"\n');
  writeFileSync(
    join(root, 'etc/rootseal-demo'),
    'This file came with the second version. '.repeat(8),
  );
  return path;
}

/** Counts inodes and their bytes, and never follows a symbolic link out of the tree. */
function measure(root) {
  const seen = new Map([[lstatSync(root).ino, 0]]);
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const stat = lstatSync(path);
      seen.set(stat.ino, stat.isFile() ? stat.size : 0);
      if (entry.isDirectory()) folders.push(path);
    }
  }
  return { inodes: seen.size, bytes: [...seen.values()].reduce((sum, size) => sum + size) };
}
