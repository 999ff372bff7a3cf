/**
 * Releases of one system for machines that upgrade: the Debian image with less in it, so that it starts in seconds, an agent
 * for the tests, and the changes that make each release what it is. Made once, as sealed.ts does it.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.js';
import { KERNEL_ARGUMENT_OPTIONS } from './kernel-arguments.js';
import {
  debian,
  ingredientsOf,
  rootseal,
  SEQUENCE,
  type SealedImage,
  type Signer,
} from './sealed.js';
import { makeSmallDebian, writeInTree } from './small-debian.js';

/** Name in seals; the policy of the image wants it. */
const NAME = 'debian-trixie';

/** What a release changes in the tree of the one before. */
interface Release {
  readonly sequence: number;
  readonly signer: Signer;
  readonly files: Readonly<Record<string, string>>;
}

const PANIC_UNIT = `[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c "echo c >/proc/sysrq-trigger"
`;

const HANGING_UNIT = `[Unit]
Before=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sleep infinity
`;

const RELEASES = {
  v0: { sequence: SEQUENCE - 1, signer: 'first', files: {} },
  v1: { sequence: SEQUENCE + 1, signer: 'first', files: {} },
  v2: {
    sequence: SEQUENCE + 2,
    signer: 'first',
    files: {
      'etc/from-image': 'changed in v2\n',
      'etc/new-in-v2': 'new\n',
      'usr/share/new-in-v2': 'new\n'.repeat(2000),
    },
  },
  v3: {
    sequence: SEQUENCE + 3,
    signer: 'first',
    files: {
      'usr/lib/systemd/system/panic.service': PANIC_UNIT,
      'usr/lib/systemd/system/sysinit.target.wants/panic.service': '-> ../panic.service',
    },
  },
  v4: {
    sequence: SEQUENCE + 4,
    signer: 'first',
    files: {
      'usr/lib/rootseal/health.d/required.d/10-fails':
        '#!/bin/sh\necho "the service does not answer"\nexit 1\n',
    },
  },
  v5: { sequence: SEQUENCE + 5, signer: 'stranger', files: { 'usr/share/v5': 'v5\n' } },
  v6: {
    sequence: SEQUENCE + 6,
    signer: 'first',
    files: {
      'usr/lib/systemd/system/hangs.service': HANGING_UNIT,
      'usr/lib/systemd/system/multi-user.target.wants/hangs.service': '-> ../hangs.service',
      'usr/lib/systemd/system/rootseal-boot-deadline.timer.d/short.conf':
        '[Timer]\nOnActiveSec=\nOnActiveSec=60\n',
    },
  },
} as const satisfies Readonly<Record<string, Release>>;

export type ReleaseName = keyof typeof RELEASES;

export interface Fleet {
  /** Published repository: the branch `main` is what machines upgrade to, and each release has one of its own name. */
  readonly repository: string;
  /** A disk with v1. */
  readonly disk: string;
  readonly base: SealedImage;
}

export const FLEET_INGREDIENTS: readonly string[] = [
  ...ingredientsOf('debian'),
  ...['fleet', 'small-debian'].map((name) => `test/vm/qemu/${name}.ts`),
];

/** Makes everything, or finds it. */
export function fleet(): Fleet {
  const base = debian();
  const directory = cached('fleet', FLEET_INGREDIENTS, (work) => {
    make(base, work);
  });
  return { repository: join(directory, 'repository'), disk: join(directory, 'disk.img'), base };
}

function make(base: SealedImage, work: string): void {
  const tree = join(work, 'tree');
  makeSmallDebian(base, tree);
  useSmallInitramfs(tree);
  writeInTree(tree, 'etc/from-image', 'as in v1\n');
  const repository = join(work, 'repository');
  rootseal('init', repository);
  for (const name of Object.keys(RELEASES) as ReleaseName[]) {
    const { files, sequence, signer }: Release = RELEASES[name];
    const undo = Object.entries(files).map(([path, content]) => writeInTree(tree, path, content));
    writeInTree(tree, 'usr/lib/release', `${name}\n`);
    rootseal(
      ...['commit', tree, '-b', name, '--repo', repository, '--name', NAME],
      ...['--time', `@${sequence}`, '--release-version', name.slice(1)],
      ...['--sequence', String(sequence), '--key', base.keyFile(signer)],
    );
    for (const restore of undo.reverse()) restore();
  }
  rootseal(
    ...['disk', 'build', 'v1', '--repo', repository, '--output', join(work, 'disk.img')],
    ...['--size', '3G', '--esp-size', '160M', '--tries', '0'],
    ...KERNEL_ARGUMENT_OPTIONS,
    // So that one that hangs can be asked where.
    ...['--karg-append', 'sysrq_always_enabled'],
  );
  fs.rmSync(tree, { recursive: true });
}

/** The boot program alone, in place of dracut's. */
function useSmallInitramfs(tree: string): void {
  const modules = join(tree, 'usr/lib/modules');
  const [release = ''] = fs.readdirSync(modules);
  const initramfs = join(modules, release, 'initramfs.img');
  fs.rmSync(initramfs);
  rootseal('initramfs', 'build', tree, '--output', initramfs);
}
