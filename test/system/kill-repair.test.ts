/** `fsck --repair` is killed at every stop point and at random moments. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { signText } from '../../src/formats/seal/note.js';
import { commitTree } from '../../src/repo/commit-tree.js';
import { commitFile } from '../../src/repo/commits.js';
import { listImages } from '../../src/repo/images.js';
import { imageLink, objectFile, SEALS_DIR } from '../../src/repo/layout.js';
import { listObjects } from '../../src/repo/objects.js';
import { Repository } from '../../src/repo/repository.js';
import { branchOf, killOften, leftoversOf, makeTree } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { memory, scratchDirectory } from '../helpers/scratch.js';
import { PASSED_BY } from '../helpers/stop-points.js';

const SIGNER = signerKeyFromSeed('test', Buffer.alloc(32, 7));

const KILLS = 70;
/** Objects that are damaged before each kill. */
const OBJECTS = 80;

test('a killed repair damages nothing more, and the next one repairs the rest', async (t) => {
  const scratch = scratchDirectory(t, memory());
  const tree = join(scratch, 'tree');
  const directory = join(scratch, 'repo');
  const other = join(scratch, 'other');
  makeTree(tree, new Random(1), 300);
  const repository = Repository.init(directory, 'sha256');
  const { id } = await commitTree(repository, {
    source: { kind: 'directory', path: tree },
    branch: 'main',
    time: 1000,
    xattrs: 'all',
    sign: (text) => Promise.resolve([signText(text, SIGNER)]),
    progress: () => undefined,
  });
  fs.cpSync(directory, other, { recursive: true, verbatimSymlinks: true });
  const objects = listObjects(repository).digests;
  const images = listImages(repository).digests;
  await killOften(t, directory, {
    args: ['fsck', '--repair', other],
    kills: KILLS,
    points: PASSED_BY['fsck --repair'],
    prepare: (random, thorough) => {
      for (let count = 0; count < OBJECTS; count++)
        damageFile(repository.file(objectFile(random.pick(objects))), random);
      if (thorough || random.next() < 0.3)
        fs.rmSync(repository.file(imageLink(random.pick(images))));
      if (thorough || random.next() < 0.3) overwrite(commitFile(repository, id));
      if (thorough || random.next() < 0.3) overwrite(repository.file(`${SEALS_DIR}/${id}`));
      return Promise.resolve();
    },
    check: (findings, state) => {
      assert.equal(branchOf(directory), id);
      if (state === 'killed') return findings.some(({ kind }) => kind === 'leftover');
      assert.deepEqual(findings, []);
      assert.deepEqual(leftoversOf(directory), []);
      assert.deepEqual(listObjects(repository).digests, objects);
      return false;
    },
  });
});

function damageFile(file: string, random: Random): void {
  if (random.next() < 0.4) fs.rmSync(file, { force: true });
  else if (fs.existsSync(file)) {
    if (random.next() < 0.5) fs.truncateSync(file, random.integer(0, fs.statSync(file).size));
    else overwrite(file);
  }
}

/** Changes the first byte. */
function overwrite(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[0] = (bytes[0] ?? 0) ^ 0xff;
  // As a disk does it: fs-verity would refuse to write.
  fs.rmSync(file);
  fs.writeFileSync(file, bytes);
}
