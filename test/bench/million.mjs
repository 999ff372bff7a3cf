/** How the time of a commit grows with the number of small files, up to a million. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runOnce } from './measure.mjs';

const COUNTS = [62_500, 125_000, 250_000, 500_000, 1_000_000];
const PER_DIRECTORY = 1000;

/** Prints a table; each tree holds that many files of 100 different bytes, a thousand a directory. */
export function curve(rootseal, run) {
  const tree = path.join(run, 'tree');
  console.log('| files | seconds | µs a file | peak memory |\n|---|---|---|---|');
  let made = 0;
  for (const count of COUNTS) {
    for (; made < count; made++) writeFile(tree, made);
    const repository = path.join(run, `repository-${count}`);
    spawnSync(rootseal, ['init', '-q', repository]);
    const { seconds, peakKib } = runOnce([
      rootseal,
      'commit',
      tree,
      '-b',
      'b',
      '--repo',
      repository,
    ]);
    console.log(
      `| ${count} | ${seconds.toFixed(1)} | ${((seconds / count) * 1e6).toFixed(1)} | ${(peakKib / 1024).toFixed(0)} MiB |`,
    );
  }
}

function writeFile(tree, index) {
  const directory = path.join(tree, String(Math.floor(index / PER_DIRECTORY)));
  if (index % PER_DIRECTORY === 0) fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(
    path.join(directory, String(index % PER_DIRECTORY)),
    `${String(index).padStart(99, '.')}\n`,
  );
}
