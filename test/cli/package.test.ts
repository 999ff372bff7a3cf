/** The package that is shipped does what the checkout does, and needs nothing outside of itself but Node. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CHECKOUT_PROGRAM, packagedProgram } from '../helpers/packaged.js';
import { scratchDirectory } from '../helpers/scratch.js';

const MAKE_PACKAGE = fileURLToPath(new URL('../../../bin/package.mjs', import.meta.url));

test('the package commits, seals, verifies, checks and cleans up, far from the checkout', (t) => {
  const scratch = scratchDirectory(t);
  const program = makePackage(join(scratch, 'package'));
  const run = (...args: string[]): string => {
    const result = spawnSync(process.execPath, [program, ...args], {
      cwd: scratch,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: scratch },
    });
    assert.equal(result.status, 0, `${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const tree = join(scratch, 'tree');
  // Enough files for worker threads.
  fs.mkdirSync(join(tree, 'etc'), { recursive: true });
  for (let index = 0; index < 300; index++)
    fs.writeFileSync(join(tree, `etc/file-${index}`), `content ${index} `.repeat(20));
  const git = (...args: string[]) => execFileSync('git', ['-C', tree, ...args]);
  git('init', '-q');
  // Of a tree of which git tracks nothing, nothing is recorded.
  git('add', 'etc/file-0');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-q', '-m', 'a');

  assert.match(run('--version'), /^rootseal \d/);
  assert.match(run('help', 'commit'), /rootseal-commit/);
  run('init', 'repo');
  run('key', 'generate', 'release.example.org', '--output', 'release.key');
  fs.mkdirSync(join(scratch, 'keys.d'));
  fs.writeFileSync(join(scratch, 'keys.d/release.pub'), run('key', 'show', 'release.key'));
  const id = run('commit', 'tree', '-b', 'main', '--repo', 'repo', '--key', 'release.key').trim();
  assert.match(id, /^[0-9a-f]{64}$/);
  run('verify', 'main', '--repo', 'repo', '--keys', 'keys.d');
  assert.match(run('show', 'main', '--repo', 'repo', '--json'), /"git":\{"url":null,"gitCommit"/);
  assert.match(run('ls', 'main', '/etc', '--repo', 'repo'), /file-299/);
  execFileSync('tar', ['-C', tree, '--zstd', '-cf', join(scratch, 'tree.tar.zst'), '.']);
  run('commit', 'tar:tree.tar.zst', '-b', 'tar', '--repo', 'repo');
  run('branch', 'delete', 'tar', '--repo', 'repo');
  run('gc', '--repo', 'repo');
  run('fsck', '--repo', 'repo');
});

test('the program of the checkout, which other tests do not call, does and says the same as the package', (t) => {
  const scratch = scratchDirectory(t);
  fs.mkdirSync(join(scratch, 'tree'));
  fs.writeFileSync(join(scratch, 'tree/file'), 'content '.repeat(100));
  const [one, other] = [CHECKOUT_PROGRAM, packagedProgram()].map((program, index) => {
    const repository = `repo-${index}`;
    const calls = [
      ['--help'],
      ['init', repository],
      ['commit', 'tree', '-b', 'main', '--time', '1000', '--repo', repository, '--json'],
      ['ls', 'main', '--repo', repository],
      ['cat', 'main', '/none', '--repo', repository],
      ['fsck', '--repo', repository],
    ];
    return calls.map((args) => {
      const options = { cwd: scratch, encoding: 'utf8' } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
      const alike = (text: string) =>
        text.replaceAll(repository, 'repo').replaceAll(/\d+\.\d+ s\b/g, 'so many s');
      return { status, stdout: alike(stdout), stderr: alike(stderr) };
    });
  });
  assert.deepEqual(one, other);
  assert.deepEqual(
    one?.map(({ status }) => status),
    [0, 0, 0, 0, 10, 0],
  );
});

test('two packages of the same sources have the same bytes', (t) => {
  const scratch = scratchDirectory(t);
  const one = join(scratch, 'one');
  const two = join(scratch, 'deeper/two');
  makePackage(one);
  makePackage(two);
  assert.equal(spawnSync('diff', ['-r', one, two]).status, 0);
});

function makePackage(target: string): string {
  execFileSync(process.execPath, [MAKE_PACKAGE, target]);
  return join(target, 'bin/rootseal.js');
}
