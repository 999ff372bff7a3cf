/**
 * Two releases of a Debian that opens an encrypted root file system, each with a unified kernel image that the firmware starts and whose
 * state of PCR 11 is signed (docs/encryption.md). Made once, as sealed.ts does it.
 */
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { cached } from '../qemu/cache.js';
import { KERNEL_ARGUMENTS } from '../qemu/kernel-arguments.js';
import { ingredientsOf, rootseal, SEQUENCE, unlockable, type SealedImage } from '../qemu/sealed.js';
import { makeSmallDebian, writeInTree } from '../qemu/small-debian.js';
import { Owner } from '../secure-boot/owner.js';

const INGREDIENTS = [...['encrypted/releases', 'secure-boot/owner', 'qemu/small-debian']].map(
  (name) => `test/vm/${name}.ts`,
);

/**
 * Words of the command line, which is signed: `rw` and the credentials as in docs/howto/secure-boot.md; and patience, since what takes
 * longer than systemd waits is a matter of how busy this computer is.
 */
const WORDS = [
  ...['rw', 'systemd.import_credentials=no', 'sysrq_always_enabled'],
  ...['systemd.default_device_timeout_sec=infinity', 'systemd.default_timeout_start_sec=infinity'],
];

const NAMES = ['v1', 'v2'] as const;

export interface EncryptedReleases {
  /** Published: the branches `v1` and `v2`, with their unified kernel images. */
  readonly repository: string;
  /** What it is installed with: the same system. */
  readonly tree: string;
  /** Of Secure Boot. */
  readonly owner: Owner;
  /** RSA, PEM; `ours` signs PCR 11 in all releases. */
  readonly pcrKeyFile: (whose: 'ours' | 'strange') => string;
  /** Folder with stubs and boot loader. */
  readonly boot: string;
}

/** Makes them, or finds them. */
export function encryptedReleases(): EncryptedReleases {
  const base = unlockable();
  // The image that is there: one that was made again has other keys.
  const ingredients = [...ingredientsOf('unlockable'), ...INGREDIENTS, `=${base.commit}`];
  const directory = cached('encrypted', ingredients, (work) => {
    make(base, base.keyFile('first'), work);
  });
  return {
    repository: join(directory, 'repository'),
    tree: base.tree,
    owner: new Owner(join(directory, 'keys')),
    pcrKeyFile: (whose) => join(directory, `${whose}.pem`),
    boot: join(base.tree, 'usr/lib/systemd/boot/efi'),
  };
}

function make(base: SealedImage, key: string, work: string): void {
  Owner.make(join(work, 'keys'));
  for (const whose of ['ours', 'strange'])
    fs.writeFileSync(join(work, `${whose}.pem`), newKey(), { mode: 0o600 });
  const tree = join(work, 'tree');
  makeSmallDebian(base, tree);
  const words = JSON.stringify([...KERNEL_ARGUMENTS, ...WORDS]);
  writeInTree(tree, 'usr/lib/rootseal/kargs.d/20-machine.toml', `kargs = ${words}\n`);
  const repository = join(work, 'repository');
  rootseal('init', repository);
  const owner = new Owner(join(work, 'keys'));
  for (const [index, name] of NAMES.entries()) {
    writeInTree(tree, 'usr/lib/release', `${name}\n`);
    const sequence = SEQUENCE + 1 + index;
    rootseal(
      ...['commit', tree, '-b', name, '--repo', repository, '--name', 'debian-trixie'],
      ...['--time', `@${sequence}`, '--sequence', String(sequence)],
      ...['--release-version', name.slice(1), '--key', key],
    );
    buildUki(repository, name, { owner, pcrKey: join(work, 'ours.pem') });
  }
  fs.rmSync(tree, { recursive: true });
}

/** Signs it for the firmware by `db`, and for the TPM by `pcrKey`. Without `output` it goes where machines get it from. */
export function buildUki(
  repository: string,
  release: (typeof NAMES)[number],
  by: { readonly owner: Owner; readonly pcrKey: string; readonly output?: string },
): void {
  rootseal(
    ...['uki', 'build', release, '--repo', repository, '--pcr-key', by.pcrKey],
    ...['--cert', by.owner.certificateFile('db'), '--key', by.owner.keyFile('db')],
    ...(by.output === undefined ? [] : ['--output', by.output]),
  );
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
