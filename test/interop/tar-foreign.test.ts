/** Archives of other kinds, and parts of archives, as others write them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FormatError } from '../../src/util/errors.js';
import { load } from '../helpers/loaded.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skipUnless = (program: string) =>
  spawnSync(program, ['--version']).error === undefined ? false : `needs ${program}`;
const CONTENT = Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * index) % 251));

function makeTree(t: TestContext): { scratch: string; tree: string; file: string } {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'd'), { recursive: true });
  fs.writeFileSync(join(tree, 'd/file'), CONTENT);
  fs.linkSync(join(tree, 'd/file'), join(tree, 'd/link'));
  return { scratch, tree, file: join(scratch, 'archive') };
}

async function refuses(file: string, message: RegExp): Promise<void> {
  await assert.rejects(load(`tar:${file}`), (error: unknown) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

const named: Record<string, RegExp> = {
  '--format=cpio': /it begins as a cpio archive does/,
  '--format=newc': /it begins as a cpio archive does/,
  '--format=zip': /it begins as a zip archive does/,
  '--format=7zip': /it begins as a 7-Zip archive does/,
  '--format=iso9660': /it begins with zeros/,
  '--bzip2': /it begins as bzip2 does/,
  '--compress': /it begins as compress does/,
  '--lz4': /it begins as lz4 does/,
  '--lzip': /it begins as lzip does/,
  '--lzma': /it begins as lzma does/,
};
test(
  'what bsdtar writes in another format, or compressed otherwise, is named',
  { skip: skipUnless('bsdtar') },
  async (t) => {
    const { tree, file } = makeTree(t);
    for (const [option, message] of Object.entries(named)) {
      execFileSync('bsdtar', [option, '-cf', file, '-C', tree, '.'], { stdio: 'ignore' });
      await refuses(file, message);
      await refuses(file, /this is not a tar archive, or a compression that is not read/);
    }
  },
);

test(
  'every tar format of bsdtar makes the same image as the directory',
  { skip: skipUnless('bsdtar') },
  async (t) => {
    const { tree, file } = makeTree(t);
    const { image } = await load(tree);
    for (const format of ['gnutar', 'pax', 'paxr', 'ustar', 'v7']) {
      execFileSync('bsdtar', [`--format=${format}`, '-cf', file, '-C', tree, '.']);
      assert.ok((await load(`tar:${file}`)).image.equals(image), format);
    }
  },
);

for (const format of ['gnu', 'posix']) {
  test(
    `a volume of an archive by GNU tar (${format}) is refused, and never read as a whole`,
    { skip: skipUnless('tar') },
    async (t) => {
      const { scratch, tree, file } = makeTree(t);
      const second = join(scratch, 'second');
      const options = [`--format=${format}`, '-M', '-L', '20', '-cf', file, '-C', tree, '.'];
      spawnSync('tar', options, { input: `n ${second}\n\n\n\n` });
      await refuses(file, /the archive is cut off/);
      await refuses(second, /a piece of a file that began in another volume/);
    },
  );

  test(
    `an incremental archive by GNU tar (${format}) is read, and its lists of names are told`,
    { skip: skipUnless('tar') },
    async (t) => {
      const { scratch, tree, file } = makeTree(t);
      const snapshot = join(scratch, 'snapshot');
      const options = [`--format=${format}`, '-V', 'label', '-g', snapshot, '-cf', file];
      execFileSync('tar', [...options, '-C', tree, '.'], { stdio: 'ignore' });
      const { image, notKept = [] } = await load(`tar:${file}`);
      assert.ok(image.equals((await load(tree)).image));
      const told = notKept.filter(({ what }) => what !== 'atime' && what !== 'ctime');
      const what = format === 'gnu' ? 'names of an incremental dump' : 'GNU.dumpdir';
      assert.deepEqual(told, [{ what, members: 2, first: './' }]);
    },
  );
}
