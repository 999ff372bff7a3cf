/** docs/howto/release-rootseal.md, from top to bottom, in a clone of this checkout. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cannotBuild } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { readPage, runPage, type Substitution } from './page.js';
import { CHECKOUT } from './root.js';
import { Shell } from './shell.js';

const NAME = 'release-rootseal.md';
/** What no clone has. */
const LEFT_OUT = new Set(['.git', 'dist', 'node_modules', 'initramfs/build']);

function lacks(): string | false {
  const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
  if (!has('dpkg-deb')) return 'needs dpkg-deb';
  if (!has('git') || spawnSync('ssh-keygen', ['-?']).error !== undefined)
    return 'needs git and ssh-keygen';
  return cannotBuild;
}

/** What the page asks for under "You need", in the place of its /srv. */
function prepare(place: string): void {
  const clone = join(place, 'rootseal');
  const git = (...args: string[]) => execFileSync('git', args);
  // A repository of its own with what is here, committed or not; there may be no git repository here.
  fs.cpSync(CHECKOUT, clone, {
    recursive: true,
    filter: (file) => !LEFT_OUT.has(relative(CHECKOUT, file)),
  });
  git('init', '--quiet', '--initial-branch', 'main', clone);
  for (const [key, value] of [
    ['user.name', 'A maintainer'],
    ['user.email', 'maintainer@example.org'],
  ] as const)
    git('-C', clone, 'config', key, value);
  // There may be none between a release and the first change after it.
  const fragment = join(clone, 'changelog/unreleased/test-of-a-release.md');
  fs.mkdirSync(join(fragment, '..'), { recursive: true });
  fs.writeFileSync(fragment, '# Fixed\n\nOne thing.\n');
  git('-C', clone, 'add', '--all');
  git('-C', clone, 'commit', '--quiet', '--message', 'What is here');
  fs.mkdirSync(join(place, 'keys'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(place, 'keys/tag')]);
  fs.mkdirSync(join(place, 'bin'));
  fs.symlinkSync(join(CHECKOUT, 'bin/rootseal.js'), join(place, 'bin/rootseal'));
}

const WHY = 'the same sources were compiled before this test';
const packages = (place: string): Substitution[] =>
  ['release', 'again'].flatMap((name) => [
    {
      command: `npm run --silent package:npm -- /srv/${name}`,
      instead: `mkdir -p dist && cp -a '${CHECKOUT}/dist/src' dist/ && node bin/pack.mjs '${place}/${name}'`,
      why: WHY,
    },
    {
      command: `npm run --silent package:deb -- --out /srv/${name}`,
      instead: `node packaging/build.mjs --out '${place}/${name}'`,
      why: WHY,
    },
  ]);
const INSTALL: Substitution = {
  command: 'npm ci --silent',
  instead: `ln -sfn '${CHECKOUT}/node_modules' node_modules`,
  why: 'the same packages, without a network',
};

/** A bash with nothing of this process's environment but the way to Node. */
function shellIn(t: TestContext, place: string): Shell {
  const path = `${join(place, 'bin')}:${process.env['PATH'] ?? ''}`;
  return Shell.start(t, [
    ...['env', '-i', `PATH=${path}`, `HOME=${place}`, 'LC_ALL=C.UTF-8'],
    ...['bash', '--norc'],
  ]);
}

test(
  'rootseal is released, and the release checked, as the page says',
  { skip: lacks() },
  async (t) => {
    const place = scratchDirectory(t);
    prepare(place);
    const shell = shellIn(t, place);
    await runPage(NAME, readPage(NAME), {
      execute: (command) => shell.run(command),
      substitutions: [INSTALL, ...packages(place)],
      names: [['/srv', place]],
    });
  },
);
