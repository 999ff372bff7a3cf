/**
 * Images of `images/`, committed, sealed, and built into disks; each made once and kept outside of the checkout, for as long as
 * nothing that it is made of has changed.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../../helpers/cli.js';
import { debPackages } from '../../helpers/deb-packages.js';
import { cached } from './cache.js';
import { KERNEL_ARGUMENT_OPTIONS } from './kernel-arguments.js';
import { run } from './programs.js';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));
/** The sequence of a seal, and the time of its commit. */
export const SEQUENCE = 1_700_000_000;

/** Folder in `images/`, and the name that its policy wants in seals. */
const NAMES = { tiny: 'tiny', debian: 'debian-trixie', unlockable: 'debian-trixie' } as const;
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

/** The packages by which it can open an encrypted root file system, and make one, and the stub for unified kernel images. */
const UNLOCKING = [
  ...['systemd-cryptsetup', 'dmsetup', 'libtss2-esys-3.0.2-0t64', 'libtss2-rc0t64'],
  ...['libtss2-tcti-device0t64', 'cryptsetup-bin', 'systemd-boot-efi'],
].join(' ');

/** Debian that can install itself to an encrypted root file system, with an initramfs that can open it. */
export function unlockable(): SealedImage {
  return find('unlockable');
}

/** Files and folders of the checkout that a disk is made of. Debian's packages are those of the day it was made. */
export function ingredientsOf(definition: Definition): readonly string[] {
  const parts = ['archive-date', 'complete', 'packages', 'trust', folderOf(definition)];
  return [
    ...parts.map((name) => `images/${name}`),
    ...['initramfs', 'systemd', 'src', 'bin', 'packaging', 'package-lock.json'],
    'test/vm/qemu/sealed.ts',
    'test/vm/qemu/kernel-arguments.ts',
  ];
}

function folderOf(definition: Definition): 'tiny' | 'debian' {
  return definition === 'tiny' ? 'tiny' : 'debian';
}

/** Makes the disk, or finds it. */
function find(definition: Definition): SealedImage {
  const directory = cached(definition, ingredientsOf(definition), (work) => {
    make(definition, work);
  });
  return describe(definition, directory);
}

function make(definition: Definition, work: string): void {
  for (const signer of ['first', 'second', 'stranger'])
    rootseal('key', 'generate', `${signer}.example.org`, '--output', join(work, `${signer}.key`));
  const keys = join(work, 'keys');
  fs.mkdirSync(keys);
  for (const signer of ['first', 'second'])
    fs.writeFileSync(
      join(keys, `${signer}.pub`),
      rootseal('key', 'show', join(work, `${signer}.key`)),
    );
  run('env', [
    `ROOTSEAL_KEYS=${keys}`,
    `ROOTSEAL_PACKAGES=${debPackages().directory}`,
    `DEBIAN_PACKAGES=${definition === 'unlockable' ? UNLOCKING : ''}`,
    join(CHECKOUT, 'images', folderOf(definition), 'build'),
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
    ...['disk', 'build', 'main', '--repo', repository, '--output', join(work, 'disk.img')],
    ...['--esp-size', '128M', '--tries', '0', ...KERNEL_ARGUMENT_OPTIONS],
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
