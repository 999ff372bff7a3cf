/**
 * The tiny image, committed, sealed, and built into a disk; made once and kept outside of the checkout, for as long as nothing
 * that it is made of has changed.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../../helpers/cli.js';
import { run } from './programs.js';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rootseal');
/** What a tiny disk is made of, besides Debian. */
const INGREDIENTS = ['images', 'initramfs', 'src', 'package-lock.json', 'test/vm/qemu/tiny.ts'];
const NAME = 'tiny';
/** The sequence of its seal, and the time of its commit. */
export const TINY_SEQUENCE = 1_700_000_000;

/** Who signs. The machine believes the first two. */
export type Signer = 'first' | 'second' | 'stranger';

export interface Tiny {
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

/** Makes the tiny disk, or finds it. */
export function tiny(): Tiny {
  const directory = join(CACHE, `vm-tiny-${hashOfIngredients()}`);
  if (!fs.existsSync(directory)) make(directory);
  return describe(directory);
}

function make(directory: string): void {
  fs.mkdirSync(CACHE, { recursive: true });
  const work = fs.mkdtempSync(`${directory}.`);
  try {
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
    run('env', [`ROOTSEAL_KEYS=${keys}`, join(CHECKOUT, 'images/tiny/build'), join(work, 'tree')]);
    const repository = join(work, 'repository');
    rootseal('init', repository);
    rootseal(
      ...['commit', join(work, 'tree'), '-b', 'tiny', '--repo', repository, '--name', NAME],
      ...[
        '--time',
        `@${TINY_SEQUENCE}`,
        '--release-version',
        '1',
        '--sequence',
        String(TINY_SEQUENCE),
      ],
      ...['--key', join(work, 'first.key')],
    );
    rootseal(
      ...['disk', 'build', 'tiny', '--repo', repository, '--out', join(work, 'disk.img')],
      ...['--esp-size', '64M', '--karg', 'console=ttyS0', '--karg', 'panic=-1', '--karg', 'quiet'],
    );
    fs.renameSync(work, directory);
  } catch (error) {
    fs.rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

function describe(directory: string): Tiny {
  const tree = join(directory, 'tree');
  const repository = join(directory, 'repository');
  const [release = ''] = fs.readdirSync(join(tree, 'usr/lib/modules'));
  const commit = rootseal('rev-parse', 'tiny', '--repo', repository).trim();
  const { image } = JSON.parse(fs.readFileSync(join(repository, 'commits', commit), 'utf8')) as {
    image: string;
  };
  const keyFile = (signer: Signer): string => join(directory, `${signer}.key`);
  return {
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
