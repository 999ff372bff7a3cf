/** Mounts a commit through EROFS and overlayfs, where user and kernel allow it, and reads files from it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parts } from './parts.mjs';
import { Unexpected } from './shell.mjs';

const LACKS_FEATURE = 14;

/** Compares every file of the mount with the tree that was committed. */
export async function mountAndRead(shell, revision, tree) {
  mkdirSync(join(shell.folder, 'mnt'));
  const { status } = await shell.run(['rootseal', 'image', 'mount', revision, 'mnt'], {
    expect: [0, LACKS_FEATURE],
    title: 'mount',
  });
  if (status === LACKS_FEATURE) {
    const reason = 'the kernel or the file system of this machine cannot do it, as it says above';
    return shell.skip({ part: parts.mount.part, reason, onlyRoot: false });
  }
  await shell.run(['findmnt', '--noheadings', '--output', 'FSTYPE,TARGET', 'mnt']);
  await shell.run(['head', '--lines=3', 'mnt/etc/os-release']);
  await shell.run(['cmp', join(tree, 'usr/bin/node'), 'mnt/usr/bin/node']);
  await shell.run(
    ['diff', '--recursive', '--brief', '--no-dereference', '--exclude=dev', tree, 'mnt'],
    {
      title: 'reading and comparing every file',
    },
  );
  console.log('Every file of the mount is equal to the one that was committed.');
  await expectReadOnly(shell);
  await shell.run(['rootseal', 'image', 'umount', 'mnt']);
  return undefined;
}

async function expectReadOnly(shell) {
  const { output } = await shell.run(['touch', 'mnt/etc/hello'], { expect: [1] });
  if (!output.includes('Read-only')) throw new Unexpected('the mount is not read-only');
}
