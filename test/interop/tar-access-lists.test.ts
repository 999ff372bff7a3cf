/** Access lists and labels in archives that others make, and in ours when others extract them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeTar } from '../../src/formats/tar/write-archive.js';
import { lookup } from '../../src/formats/tree/walk.js';
import { ascii } from '../../src/util/bytes.js';
import { FormatError } from '../../src/util/errors.js';
import { load } from '../helpers/loaded.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { archive, chunksOf, member, pax } from '../helpers/tar-archive.js';

const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;
const skipUnless = (...programs: string[]) => {
  if (process.getuid?.() !== 0) return 'needs root, to set owners';
  const missing = programs.filter((program) => !isThere(program));
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
};
const ALL_XATTRS = ['--xattrs', '--xattrs-include=*'];

/** A directory whose group bits and masks differ, with numbers that no machine has names for. */
function makeTree(t: TestContext): { scratch: string; tree: string } {
  const scratch = scratchDirectory(t, '/var/tmp');
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'd/e'), { recursive: true });
  const setfacl = (...args: string[]) => execFileSync('setfacl', args, { cwd: tree });
  for (const name of ['f', 'g', 'd/e/f']) fs.writeFileSync(join(tree, name), name);
  fs.linkSync(join(tree, 'f'), join(tree, 'h'));
  fs.symlinkSync('f', join(tree, 's'));
  setfacl('-m', 'u:2001234:rw,g::---,m::rw', 'f');
  setfacl('-m', 'u:2001234:rwx,g:2000007:r,g::rwx,m::r', 'd');
  setfacl('-d', '-m', 'u:2001234:rwx,g::x', 'd');
  setfacl('-d', '-m', 'o::---', 'd/e');
  execFileSync('setfattr', ['-n', 'security.selinux', '-v', '"a_u:b_r:c_t:s0\\000"', 'g'], {
    cwd: tree,
  });
  return { scratch, tree };
}

/** Writes our archive of a tree whose contents are all inline. */
async function exportTo(file: string, source: string): Promise<void> {
  const { tree } = await load(source);
  await fs.promises.writeFile(
    file,
    writeTar(tree, () => chunksOf(Buffer.alloc(0))),
  );
}

const writers: Record<string, readonly string[]> = {
  'GNU tar --acls': ['tar', '--acls', '--xattrs', '--xattrs-include=security.*'],
  'GNU tar --xattrs': ['tar', ...ALL_XATTRS],
  'GNU tar with both': ['tar', '--acls', ...ALL_XATTRS],
  bsdtar: ['bsdtar', '--format=pax'],
  'bsdtar with numbers alone': ['bsdtar', '--format=pax', '--numeric-owner'],
};
for (const [name, [program = '', ...options]] of Object.entries(writers)) {
  test(
    `an archive by ${name} makes the same image as the directory with its access lists`,
    { skip: skipUnless(program, 'setfacl') },
    async (t) => {
      const { scratch, tree } = makeTree(t);
      const file = join(scratch, 'x.tar');
      execFileSync(program, ['-cf', file, ...options, '-C', tree, '.']);
      const { image, notKept } = await load(`tar:${file}`);
      assert.ok(image.equals((await load(tree)).image));
      assert.deepEqual(
        notKept?.filter(({ what }) => what !== 'atime' && what !== 'ctime'),
        [],
      );
    },
  );
}

test(
  'names of this machine that bsdtar writes with their numbers are those numbers',
  { skip: skipUnless('bsdtar', 'setfacl') },
  async (t) => {
    const { scratch, tree } = makeTree(t);
    execFileSync('setfacl', ['-m', 'u:daemon:rw,g:sys:r', join(tree, 'g')]);
    const file = join(scratch, 'x.tar');
    execFileSync('bsdtar', ['--format=pax', '-cf', file, '-C', tree, '.']);
    assert.ok((await load(`tar:${file}`)).image.equals((await load(tree)).image));
  },
);

const readers: Record<string, readonly string[]> = {
  'GNU tar --acls': ['tar', '--acls', '--xattrs', '--xattrs-include=security.*'],
  'GNU tar --xattrs': ['tar', ...ALL_XATTRS],
  'GNU tar with both': ['tar', '--acls', ...ALL_XATTRS],
  bsdtar: ['bsdtar', '--acls', '--xattrs'],
};
for (const [name, [program = '', ...options]] of Object.entries(readers)) {
  test(
    `${name} extracts our archive with its access lists and labels`,
    { skip: skipUnless(program, 'setfacl') },
    async (t) => {
      const { scratch, tree } = makeTree(t);
      const file = join(scratch, 'x.tar');
      await exportTo(file, tree);
      const target = join(scratch, 'target');
      fs.mkdirSync(target);
      const args = ['-xpf', file, '-C', target, '--numeric-owner', ...options];
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
      // bsdtar leaves the time of the directory into which it extracts.
      fs.utimesSync(target, 0, fs.statSync(tree).mtimeMs / 1000);
      assert.ok((await load(target)).image.equals((await load(tree)).image));
    },
  );
}

/** Spellings of entries of a default list in the record of the access list, as the records of others have them. */
const DEFAULT_SPELLINGS: Readonly<Record<string, string>> = {
  'default: alone':
    'default:user::rwx,default:user:2001234:rwx,default:group::r-x,default:mask::rwx,default:other::---',
  'd: alone': 'd:u::rwx,d:g::---,d:o::---',
  'default before the word': 'defaultuser::rwx,defaultgroup::---,defaultother::---',
  'lines with spaces': 'default : user::rwx\ndefault:group::---\ndefault:other::---\n',
  'both lists':
    'user::rwx,user:2001234:rw-,group::r--,mask::rw-,other::---,default:user::rwx,default:group::---,default:other::---',
  'both lists, default first': 'd:u::rwx,d:g::---,d:o::---,u::rwx,g::r--,o::---',
};

test(
  'default entries in the record of the access list make what bsdtar makes of them',
  { skip: skipUnless('bsdtar', 'setfacl') },
  async (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    for (const [name, text] of Object.entries(DEFAULT_SPELLINGS)) {
      const file = join(scratch, 'x.tar');
      fs.writeFileSync(
        file,
        archive(
          pax([['SCHILY.acl.access', text]]),
          member({ name: 'd', typeflag: '5', mode: 0o751 }),
        ),
      );
      const target = fs.mkdtempSync(join(scratch, 'target-'));
      execFileSync('bsdtar', ['--acls', '-xpf', file, '-C', target]);
      const [ours, theirs] = [(await load(`tar:${file}`)).tree, (await load(target)).tree].map(
        (tree) => {
          const inode = lookup(tree, ascii('/d'));
          assert.ok(inode !== undefined && inode.kind !== 'link');
          return [inode.mode, [...inode.xattrs].sort()];
        },
      );
      assert.deepEqual(ours, theirs, name);
    }
  },
);

test(
  'a name in a list by GNU tar has the number of the image’s own account files, and never that of this machine',
  { skip: skipUnless('tar', 'setfacl') },
  async (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    const tree = join(scratch, 'tree');
    fs.mkdirSync(join(tree, 'etc'), { recursive: true });
    fs.writeFileSync(join(tree, 'f'), '');
    execFileSync('setfacl', ['-m', 'u:daemon:rw', join(tree, 'f')]);
    const file = join(scratch, 'x.tar');
    const archive = () => execFileSync('tar', ['--acls', '-cf', file, '-C', tree, '.']);
    archive();
    await assert.rejects(load(`tar:${file}`), (error: unknown) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, /\.\/f: .* which number the user "daemon" of the access list/);
      return true;
    });
    fs.writeFileSync(join(tree, 'etc/passwd'), 'daemon:x:2000042:1::/:\n');
    archive();
    const withNumber = (await load(`tar:${file}`)).image;
    execFileSync('setfacl', ['-b', '-m', 'u:2000042:rw', join(tree, 'f')]);
    assert.ok(withNumber.equals((await load(tree)).image));
  },
);
