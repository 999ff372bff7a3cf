/** Laws of directories on disk: what is committed comes back, and every way in gives the same image. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { printDump } from '../../src/formats/dumpfile/print.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { encodeImage } from '../../src/formats/erofs/write-image.js';
import { writeTar } from '../../src/formats/tar/write-archive.js';
import { checkoutTree } from '../../src/repo/checkout.js';
import { commitTree } from '../../src/repo/commit-tree.js';
import { imageOf } from '../../src/repo/images.js';
import { objectFile } from '../../src/repo/layout.js';
import { contentWithHoles } from '../../src/repo/object-content.js';
import { readContent, readRevision } from '../../src/repo/read-tree.js';
import { Repository } from '../../src/repo/repository.js';
import { loadTree } from '../../src/repo/source/load.js';
import { parseTreeSource } from '../../src/repo/source/source.js';
import { noProgress } from '../../src/util/progress.js';
import { arbitraryDirectory, snapshot, writeDirectory } from '../helpers/disk-tree.js';
import { load } from '../helpers/loaded.js';
import { scratchDirectory } from '../helpers/scratch.js';

const SEED = 20261123;
const ROOT_ONLY =
  process.getuid?.() === 0 ? {} : { skip: 'needs root, to set owners and make devices' };

/** Commits to a branch and returns the typed digest of the image. */
async function commit(repository: Repository, source: string): Promise<string> {
  const result = await commitTree(repository, {
    source: parseTreeSource(source),
    branch: 'main',
    time: 0,
    xattrs: 'all',
    progress: noProgress,
  });
  return result.commit.image;
}

/** Makes a directory from each of `numRuns` descriptions and gives it to `law`, with a place for further files. */
async function forDirectories(
  t: TestContext,
  options: { readonly numRuns: number; readonly sockets: boolean },
  law: (repository: Repository, directory: string, place: string) => Promise<void>,
): Promise<void> {
  const scratch = scratchDirectory(t);
  const repository = Repository.init(join(scratch, 'repo'), 'sha256');
  let run = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryDirectory(options.sockets), async (description) => {
      const place = join(scratch, String(run++));
      fs.mkdirSync(place);
      const directory = join(place, 'tree');
      writeDirectory(directory, description);
      await law(repository, directory, place);
      execFileSync('rm', ['-rf', place]);
    }),
    { seed: SEED, numRuns: options.numRuns, includeErrorInReport: true },
  );
}

test(
  'a directory that is committed and checked out is the same directory',
  ROOT_ONLY,
  async (t) => {
    await forDirectories(
      t,
      { numRuns: 40, sockets: true },
      async (repository, directory, place) => {
        const before = snapshot(directory);
        await commit(repository, directory);
        assert.deepEqual(snapshot(directory), before);
        const copy = join(place, 'copy');
        const { tree } = await readRevision(repository, 'main');
        const options = { privileged: true, progress: noProgress };
        const { skipped } = await checkoutTree(repository, tree, copy, options);
        assert.deepEqual(skipped, []);
        assert.deepEqual(snapshot(copy), before);
      },
    );
  },
);

test(
  'GNU tar makes the same directory of our archives, and we the same image of its',
  ROOT_ONLY,
  async (t) => {
    await forDirectories(
      t,
      { numRuns: 20, sockets: false },
      async (repository, directory, place) => {
        await commit(repository, directory);
        const { image } = await load(directory);
        const { tree } = await readRevision(repository, 'main');
        const ours = join(place, 'ours.tar');
        await fs.promises.writeFile(ours, writeTar(tree, contentWithHoles(repository)));
        const theirs = join(place, 'theirs.tar');
        for (const lists of [[], ['--acls'], ['--acls', '--xattrs-exclude=system.*']]) {
          const attributes = [...lists, '--xattrs', '--xattrs-include=*'];
          const extracted = await imageOfExtracted(ours, join(place, 'ours'), attributes);
          assert.ok(extracted.equals(image), attributes.join(' '));
          // GNU tar does not know that two names are one device, so its archive is not compared with the directory.
          execFileSync('tar', ['-cf', theirs, ...attributes, '-C', directory, '.']);
          const made = await imageOfExtracted(theirs, join(place, 'theirs'), attributes);
          assert.ok((await load(`tar:${theirs}`)).image.equals(made), attributes.join(' '));
        }
      },
    );
  },
);

/** The image of what GNU tar makes of an archive. */
async function imageOfExtracted(
  archive: string,
  target: string,
  attributes: readonly string[],
): Promise<Buffer> {
  fs.mkdirSync(target);
  const args = ['-xpf', archive, '-C', target, '--numeric-owner', ...attributes];
  execFileSync('tar', args, { stdio: 'ignore' });
  const { image } = await load(target);
  execFileSync('rm', ['-rf', target]);
  return image;
}

test('a directory, its tar, its image and its dump make the same image', ROOT_ONLY, async (t) => {
  await forDirectories(t, { numRuns: 15, sockets: false }, async (repository, directory, place) => {
    const image = await commit(repository, directory);
    const { tree, commit: document } = await readRevision(repository, 'main');
    const tar = join(place, 'x.tar');
    await fs.promises.writeFile(
      tar,
      writeTar(tree, (file) => readContent(repository, file)),
    );
    const object = repository.file(objectFile(imageOf(repository, document).digest));
    const dump = join(place, 'x.dump');
    const described = decodeImage(fs.readFileSync(object)).tree;
    fs.writeFileSync(dump, [...printDump(described)].join(''), 'latin1');
    for (const source of [`tar:${tar}`, `image:${object}`, `dump:${dump}`])
      assert.equal(await commit(repository, source), image, source);

    execFileSync('gzip', ['-k', tar]);
    execFileSync('zstd', ['-q', tar]);
    execFileSync('xz', ['-k', tar]);
    const expected = fs.readFileSync(object);
    for (const suffix of ['.gz', '.zst', '.xz']) {
      const loaded = await loadTree(parseTreeSource(`tar:${tar}${suffix}`), {
        algorithm: 'sha256',
        xattrs: 'all',
        progress: noProgress,
      });
      assert.deepEqual(encodeImage(loaded.tree, { formatVersion: 1 }), expected, suffix);
    }
  });
});
