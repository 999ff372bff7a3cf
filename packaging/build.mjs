#!/usr/bin/env node
/**
 * Makes the Debian packages: `node packaging/build.mjs [--architecture amd64|arm64] [--out DIR]` (default: this machine, dist/deb),
 * after `npm run build`. As any user; the same sources give the same bytes. Prints the files that it made.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeArchive } from './archive.mjs';
import { architectureOf } from './architecture.mjs';
import { stageBoot } from './boot.mjs';
import { readChangelog } from './changelog.mjs';
import { stageDefinitions } from './definitions.mjs';
import { stageProgram } from './program.mjs';
import { Stage } from './stage.mjs';

const ROOT = join(import.meta.dirname, '..');
const DEBIAN = join(import.meta.dirname, 'debian');

function main() {
  process.umask(0o022);
  const { architecture: wanted, out } = readArguments();
  const architecture = architectureOf(wanted);
  if (!existsSync(join(ROOT, 'dist/src/cli/main.js')))
    throw new Error('nothing is built: npm run build');
  const directory = resolve(out ?? join(ROOT, 'dist/deb'));
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory).filter((one) => /^rootseal.*\.deb$/.test(one)))
    rmSync(join(directory, name));
  const work = mkdtempSync(join(tmpdir(), 'rootseal-deb-'));
  try {
    const program = packageProgram(work);
    const packages = {
      rootseal: (stage) => stageProgram(stage, { ...program, architecture }),
      'rootseal-initramfs': (stage) => stageBoot(stage, architecture),
      'rootseal-images': stageDefinitions,
    };
    for (const [name, fill] of Object.entries(packages))
      console.log(makePackage({ name, fill, work, directory, architecture }));
  } finally {
    rmSync(work, { recursive: true });
  }
}

function readArguments() {
  const text = { type: 'string' };
  return parseArgs({ options: { architecture: text, out: text } }).values;
}

/** The bundled program, as it is for every way of shipping it. */
function packageProgram(work) {
  const made = join(work, 'program');
  const list = join(work, 'bundled');
  execFileSync(process.execPath, [join(ROOT, 'bin/package.mjs'), made, '--bundled', list]);
  return { made, bundled: readFileSync(list, 'utf8').trim().split('\n') };
}

function makePackage({ name, fill, work, directory, architecture }) {
  const stage = new Stage(join(work, name));
  mkdirSync(stage.directory);
  fill(stage);
  addChangelogs(stage, name);
  normalizeModes(stage.directory);
  return makeArchive(stage, factsOf(name, architecture), directory);
}

function addChangelogs(stage, name) {
  const folder = `usr/share/doc/${name}`;
  stage.compressed(`${folder}/changelog.Debian`, readFileSync(join(DEBIAN, 'changelog')));
  stage.compressed(`${folder}/changelog`, readFileSync(join(ROOT, 'CHANGELOG.md')));
}

/** A checkout may have been made with another umask. Links have no mode. */
function normalizeModes(directory) {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) execFileSync('chmod', ['u=rwX,go=rX', path]);
  }
}

function factsOf(name, architecture) {
  const { version, upstream, epoch } = readChangelog(join(DEBIAN, 'changelog'));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (upstream !== manifest.version)
    throw new Error(
      `packaging/debian/changelog is of ${upstream}, package.json of ${manifest.version}`,
    );
  const given = process.env.SOURCE_DATE_EPOCH;
  return {
    name,
    version,
    epoch: given === undefined || given === '' ? epoch : Number(given),
    architecture: name === 'rootseal-images' ? 'all' : architecture.name,
    maintainer: 'rootseal developers <developers@rootseal.invalid>',
  };
}

main();
