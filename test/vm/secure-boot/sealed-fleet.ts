/**
 * Releases of a Debian that starts from unified kernel images, signed by an owner: Debian's kernel and dracut's initramfs, with the
 * machine's words on the signed command line, since nothing else can say them there. Made once, as fleet.ts does it.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from '../qemu/cache.js';
import { KERNEL_ARGUMENTS } from '../qemu/kernel-arguments.js';
import { debian, ingredientsOf, rootseal, SEQUENCE, type SealedImage } from '../qemu/sealed.js';
import { makeSmallDebian, writeInTree } from '../qemu/small-debian.js';
import { Owner } from './owner.js';

/** Name in seals; the policy of the image wants it. */
const NAME = 'debian-trixie';

const PANIC_UNIT = `[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c "echo c >/proc/sysrq-trigger"
`;

/** By name of the branch: what each changes in the tree. Sequences rise in this order. */
const RELEASES = {
  old: {},
  v1: {},
  v2: { 'usr/share/new-in-v2': 'new\n'.repeat(2000) },
  v3: {
    'usr/lib/systemd/system/panic.service': PANIC_UNIT,
    'usr/lib/systemd/system/sysinit.target.wants/panic.service': '-> ../panic.service',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type SealedReleaseName = keyof typeof RELEASES;

/**
 * On the command line of each. What takes longer than systemd waits by itself is a matter of how busy this computer is; the last word
 * is for asking a machine that hangs.
 */
const WORDS = [
  ...KERNEL_ARGUMENTS,
  ...['rw', 'systemd.import_credentials=no'],
  ...['systemd.default_timeout_start_sec=infinity'],
  ...['systemd.default_device_timeout_sec=infinity', 'sysrq_always_enabled'],
];

/** So is how long a boot on trial may take. */
const PATIENT_DEADLINE = '[Timer]\nOnActiveSec=\nOnActiveSec=1d\n';

export interface SealedRelease {
  readonly image: string;
  readonly hex: string;
  readonly commit: string;
  readonly sequence: number;
  readonly seal: string;
  /** Signed by the owner. */
  readonly uki: string;
}

export interface SealedFleet {
  readonly owner: Owner;
  /** Directory with the owner's keys. */
  readonly keys: string;
  /** Each release is a branch; `ukis` has their unified kernel images. */
  readonly repository: string;
  readonly release: (name: SealedReleaseName) => SealedRelease;
}

/** Makes everything, or finds it. */
export function sealedFleet(): SealedFleet {
  const base = debian();
  const ingredients = [
    ...ingredientsOf('debian'),
    ...['sealed-fleet', 'owner'].map((name) => `test/vm/secure-boot/${name}.ts`),
    'test/vm/qemu/small-debian.ts',
    // The image that is there: one that was made again has other keys.
    `=${base.commit}`,
  ];
  const directory = cached('sealed-fleet', ingredients, (work) => {
    make(base, work);
  });
  const keys = join(directory, 'keys');
  const repository = join(directory, 'repository');
  return {
    owner: new Owner(keys),
    keys,
    repository,
    release: (name) => describe(repository, name),
  };
}

function make(base: SealedImage, work: string): void {
  const keys = join(work, 'keys');
  Owner.make(keys);
  const owner = new Owner(keys);
  const tree = join(work, 'tree');
  makeSmallDebian(base, tree);
  const words = `kargs = ${JSON.stringify(WORDS)}\n`;
  writeInTree(tree, 'usr/lib/rootseal/kargs.d/20-machine.toml', words);
  const deadline = 'usr/lib/systemd/system/rootseal-boot-deadline.timer.d/patient.conf';
  writeInTree(tree, deadline, PATIENT_DEADLINE);
  const repository = join(work, 'repository');
  rootseal('init', repository);
  for (const [name, files] of Object.entries(RELEASES)) {
    const undo = Object.entries(files).map(([path, text]) => writeInTree(tree, path, text));
    writeInTree(tree, 'usr/lib/release', `${name}\n`);
    const sequence = sequenceOf(name as SealedReleaseName);
    rootseal(
      ...['commit', tree, '-b', name, '--repo', repository, '--name', NAME],
      ...['--time', `@${sequence}`, '--release-version', name],
      ...['--sequence', String(sequence), '--key', base.keyFile('first')],
    );
    const signer = ['--cert', owner.certificateFile('db'), '--key', owner.keyFile('db')];
    rootseal('uki', 'build', name, '--repo', repository, ...signer);
    for (const restore of undo.reverse()) restore();
  }
  fs.rmSync(tree, { recursive: true });
}

function sequenceOf(name: SealedReleaseName): number {
  return SEQUENCE + Object.keys(RELEASES).indexOf(name);
}

function describe(repository: string, name: SealedReleaseName): SealedRelease {
  const commit = rootseal('rev-parse', name, '--repo', repository).trim();
  const text = fs.readFileSync(join(repository, 'commits', commit), 'utf8');
  const { image } = JSON.parse(text) as { image: string };
  return {
    image,
    hex: image.slice(image.indexOf(':') + 1),
    commit,
    sequence: sequenceOf(name),
    seal: join(repository, 'seals', commit),
    uki: join(repository, 'ukis', commit),
  };
}
