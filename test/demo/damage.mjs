/** Changes one byte of one object and shows that fsck names the file that it belongs to. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Unexpected } from './shell.mjs';

const VICTIM = 'usr/bin/bash';
const FOUND_DAMAGE = 3;

/** @throws {Unexpected} when fsck does not find it, or does not name the file */
export async function damage(shell, tree) {
  await shell.run(['rootseal', 'fsck'], { title: 'fsck of both versions' });

  const { stdout } = await shell.run(['rootseal', 'verity', 'digest', join(tree, VICTIM)]);
  const digest = /[0-9a-f]{64}/.exec(stdout)?.[0];
  if (digest === undefined) throw new Unexpected(`no digest in ${stdout}`);
  const object = `repo/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const path = join(shell.folder, object);
  const content = readFileSync(path);
  const position = Math.floor(content.length / 2);
  console.log(`(flipping the lowest bit of byte ${position} of ${object})\n`);

  const damaged = Buffer.from(content);
  damaged[position] ^= 1;
  replace(path, damaged);
  const { output } = await shell.run(['rootseal', 'fsck'], {
    expect: [FOUND_DAMAGE],
    title: 'fsck that finds the damage',
  });
  if (!output.includes(VICTIM)) throw new Unexpected(`fsck does not name /${VICTIM}`);
  console.log(`fsck has found the byte, and says that it belongs to /${VICTIM}.`);

  console.log('(putting the byte back)\n');
  replace(path, content);
  await shell.run(['rootseal', 'fsck']);
}

/** By renaming, because a file with fs-verity enabled cannot be written to. */
function replace(path, content) {
  writeFileSync(`${path}.new`, content, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}
