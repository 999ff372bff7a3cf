/**
 * Images of `images/`, committed, sealed, and built into disks; each made once and kept outside of the checkout, for as long as
 * nothing that it is made of has changed.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryLock } from '../../../src/linux/lock.js';
import { PROGRAM } from '../../helpers/cli.js';
import { run } from './programs.js';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rootseal');
/** What a disk is made of, besides Debian. */
const INGREDIENTS = [
  'images',
  'initramfs',
  'systemd',
  'src',
  'bin',
  'package-lock.json',
  'test/vm/qemu/sealed.ts',
  'test/vm/qemu/fleet.ts',
];
/** The sequence of a seal, and the time of its commit. */
export const SEQUENCE = 1_700_000_000;

/** Folder in `images/`, and the name that its policy wants in seals. */
const NAMES = { tiny: 'tiny', debian: 'debian-trixie' } as const;
type Definition = keyof typeof NAMES;

/** Who signs. The machine believes the first two. */
export type Signer = 'first' | 'second' | 'stranger';

export interface SealedImage {
  readonly definition: Definition;
  readonly directory: string;
  readonly tree: string;
  readonly repository: string;
  /** ESP and root, with boot loader. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** `v1-sha256-12:<hex>` */
  readonly image: string;
  readonly hex: string;
  readonly commit: string;
  readonly keyFile: (signer: Signer) => string;
  readonly verifierKey: (signer: Signer) => string;
}

export function tiny(): SealedImage {
  return find('tiny');
}

export function debian(): SealedImage {
  return find('debian');
}

/** Makes the disk, or finds it. */
function find(definition: Definition): SealedImage {
  const directory = cached(definition, (work) => {
    make(definition, work);
  });
  return describe(definition, directory);
}

/**
 * A directory that was made once from the sources as they are.
 * @param make fills an empty directory
 */
export function cached(name: string, make: (work: string) => void): string {
  const directory = join(CACHE, `vm-${name}-${hashOfIngredients()}`);
  fs.mkdirSync(CACHE, { recursive: true });
  const lock = fs.openSync(join(CACHE, `${name}.lock`), 'a');
  try {
    // Files of tests run side by side, and one that makes it is enough.
    while (!tryLock(lock, 'exclusive')) sleep(LOOK_EVERY_MS);
    if (!fs.existsSync(directory)) makeCached(directory, make);
  } finally {
    fs.closeSync(lock);
  }
  fs.utimesSync(directory, new Date(), new Date());
  return directory;
}

function makeCached(directory: string, make: (work: string) => void): void {
  removeUnused();
  const work = fs.mkdtempSync(`${directory}.`);
  try {
    make(work);
    fs.renameSync(work, directory);
  } catch (error) {
    fs.rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

const LOOK_EVERY_MS = 250;

/** Everything here waits for programs; so does this. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Of older sources; a day, because another checkout may use it. */
const UNUSED_MS = 24 * 3600 * 1000;

function removeUnused(): void {
  for (const name of fs.readdirSync(CACHE).filter((entry) => entry.startsWith('vm-'))) {
    const path = join(CACHE, name);
    if (fs.statSync(path).mtimeMs < Date.now() - UNUSED_MS)
      fs.rmSync(path, { recursive: true, force: true });
  }
}

function make(definition: Definition, work: string): void {
  for (const signer of ['first', 'second', 'stranger'])
    rootseal('key', 'generate', `${signer}.example.org`, '--out', join(work, `${signer}.key`));
  const keys = join(work, 'keys');
  fs.mkdirSync(keys);
  for (const signer of ['first', 'second'])
    fs.writeFileSync(
      join(keys, `${signer}.pub`),
      rootseal('key', 'show', join(work, `${signer}.key`)),
    );
  run('make', ['--silent', '-C', join(CHECKOUT, 'initramfs')]);
  run('env', [
    `ROOTSEAL_KEYS=${keys}`,
    join(CHECKOUT, 'images', definition, 'build'),
    join(work, 'tree'),
  ]);
  const repository = join(work, 'repository');
  rootseal('init', repository);
  rootseal(
    ...['commit', join(work, 'tree'), '-b', 'main', '--repo', repository],
    ...[
      '--name',
      NAMES[definition],
      '--time',
      `@${SEQUENCE}`,
      '--release-version',
      '1',
      '--sequence',
      String(SEQUENCE),
    ],
    ...['--key', join(work, 'first.key')],
  );
  rootseal(
    ...['disk', 'build', 'main', '--repo', repository, '--out', join(work, 'disk.img')],
    ...['--esp-size', '128M', '--karg', 'console=ttyS0', '--karg', 'panic=-1', '--karg', 'quiet'],
  );
}

function describe(definition: Definition, directory: string): SealedImage {
  const tree = join(directory, 'tree');
  const repository = join(directory, 'repository');
  const [release = ''] = fs.readdirSync(join(tree, 'usr/lib/modules'));
  const commit = rootseal('rev-parse', 'main', '--repo', repository).trim();
  const { image } = JSON.parse(fs.readFileSync(join(repository, 'commits', commit), 'utf8')) as {
    image: string;
  };
  const keyFile = (signer: Signer): string => join(directory, `${signer}.key`);
  return {
    definition,
    directory,
    tree,
    repository,
    disk: join(directory, 'disk.img'),
    kernel: join(tree, 'usr/lib/modules', release, 'vmlinuz'),
    initrd: join(tree, 'usr/lib/modules', release, 'initramfs.img'),
    image,
    hex: image.slice(image.indexOf(':') + 1),
    commit,
    keyFile,
    verifierKey: (signer) => rootseal('key', 'show', keyFile(signer)),
  };
}

/** Runs the checkout's program; fails with what it complained about. */
export function rootseal(...args: string[]): string {
  return run(process.execPath, [PROGRAM, ...args]);
}

function hashOfIngredients(): string {
  const hash = createHash('sha256');
  for (const path of INGREDIENTS.map((name) => join(CHECKOUT, name)).flatMap(filesBelow)) {
    hash.update(`${path.slice(CHECKOUT.length)}\0`).update(fs.readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (!fs.statSync(path).isDirectory()) return [path];
  return fs
    .readdirSync(path)
    .filter((name) => name !== 'build' || !path.endsWith('initramfs'))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
