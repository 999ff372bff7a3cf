/**
 * Debian systems with Node and npm and nothing else, unpacked once each and kept outside of the checkout, with what is downloaded
 * into their copies.
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { lock } from '../../src/linux/lock.js';
import type { Scope } from './scratch.js';
import { CACHE } from './cache-folder.js';
import { mmdebstrap } from './mmdebstrap.js';
import { NPM, unpackArchive } from './npm-archive.js';

export type Suite = 'trixie' | 'bookworm';

/**
 * Debian 12's own Node is too old. There it is the one of https://nodejs.org/, as npm's registry has it, because a Node that
 * this machine's Debian has built might need a newer C library.
 */
const INCLUDE: Readonly<Record<Suite, string>> = {
  trixie: 'nodejs,npm',
  bookworm: 'libatomic1,libstdc++6',
};
const NODE: Readonly<Record<string, string>> = {
  x64: 'PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  arm64: 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
};
const NODE_VERSION = '20.20.2';

/** Nobody reads manuals here, and nobody needs what is left after a power cut. */
const DPKG_OPTIONS = [
  ...['doc', 'info', 'locale', 'man'].map((name) => `path-exclude=/usr/share/${name}/*`),
  'force-unsafe-io',
];

/** What the copies download, by name, and where it belongs in them. */
export const KEPT = {
  archives: 'var/cache/apt/archives',
  lists: 'var/lib/apt/lists',
  npm: 'root/.npm',
  cache: 'root/.cache',
} as const;

export interface BareSystem {
  /** Its root directory, to be copied. */
  readonly system: string;
  /** Holds a directory for each of KEPT. */
  readonly kept: string;
}

/** Finds or makes one. Until the test ends nobody else has it, because a download has one writer. */
export async function bareSystem(t: Scope, suite: Suite): Promise<BareSystem> {
  const recipe = recipeOf(suite);
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const directory = join(CACHE, `bare-${suite}-${hash}`);
  fs.mkdirSync(CACHE, { recursive: true });
  const fd = fs.openSync(`${directory}.lock`, 'a');
  t.after(() => {
    fs.closeSync(fd);
  });
  await lock(fd, 'exclusive', { wait: true });
  if (!fs.existsSync(directory)) make(suite, recipe.options, directory);
  return { system: join(directory, 'system'), kept: join(directory, 'kept') };
}

function recipeOf(suite: Suite) {
  const options = [
    ...['--mode=root', '--format=directory', '--variant=minbase', '--quiet'],
    `--include=${INCLUDE[suite]}`,
    ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
    ...aptSettings().map((setting) => `--aptopt=${setting}`),
  ];
  return { options, node: suite === 'bookworm' ? [NODE_VERSION, NPM.name] : [] };
}

/** Ways to mirrors, and whether an old index will do, as the administrator of this machine says. Mirrors are mmdebstrap's. */
function aptSettings(): string[] {
  const dump = execFileSync('apt-config', ['dump'], { encoding: 'utf8' });
  return dump.match(/^Acquire::(?:https?::Proxy|Check-Valid-Until|Check-Date) ".*";$/gm) ?? [];
}

/** Under another name first, so that an interrupted run leaves nothing that looks finished. */
function make(suite: Suite, options: readonly string[], directory: string): void {
  const work = fs.mkdtempSync(`${directory}.`);
  try {
    const root = join(work, 'system');
    mmdebstrap([...options, suite, root]);
    if (suite === 'bookworm') addNode(root);
    for (const [name, place] of Object.entries(KEPT)) {
      fs.mkdirSync(join(work, 'kept', name), { recursive: true });
      fs.mkdirSync(join(root, place), { recursive: true });
    }
    fs.renameSync(work, directory);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Below /usr/local, as from an archive of https://nodejs.org/. */
function addNode(root: string): void {
  const sha512 = NODE[process.arch];
  if (sha512 === undefined) throw new Error(`no Node of npm's registry for ${process.arch}`);
  const modules = join(root, 'usr/local/lib/node_modules/npm');
  unpackArchive(
    { name: `node-linux-${process.arch}@${NODE_VERSION}`, sha512 },
    join(root, 'usr/local'),
  );
  unpackArchive(NPM, modules);
  const npm = join(root, 'usr/local/bin/npm');
  fs.symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', npm);
}
