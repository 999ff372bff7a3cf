/**
 * The disk of an image whose root file system is encrypted, made as an administrator could: cryptsetup encrypts it, systemd-cryptenroll
 * binds its key to a TPM. Neither needs the device mapper of this machine.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from '../qemu/programs.js';
import type { SealedImage } from '../qemu/sealed.js';

const SECTOR = 512;
/** What `cryptsetup reencrypt` wants to have, twice the header that it leaves. */
const ROOM = 32 << 20;
/** A passphrase need not be slow to try here. */
const QUICK = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];

interface Table {
  readonly partitiontable: {
    readonly partitions: { readonly start: number; readonly size: number }[];
  };
}

export interface Binding {
  /** Socket of swtpm for programs. */
  readonly tpm: string;
  readonly passphrase: string;
  /** PEM, of the key that signs PCR 11. */
  readonly publicKey: Uint8Array;
  /** As `--tpm2-pcrs` of systemd-cryptenroll takes them. */
  readonly pcrs: string;
}

/** A copy of the image's disk with the root partition encrypted; by LUKS2, header in front. */
export function encryptedDisk(image: SealedImage, scratch: string, binding: Binding): string {
  const disk = join(scratch, 'encrypted.img');
  run('cp', ['--reflink=auto', '--sparse=always', image.disk, disk]);
  const root = join(scratch, 'root.luks');
  const { partitiontable } = JSON.parse(run('sfdisk', ['--json', disk])) as Table;
  const { start, size } = partitiontable.partitions[1] ?? { start: 0, size: 0 };
  copyPart(disk, root, { skip: start, count: size });
  fs.truncateSync(root, size * SECTOR + ROOM);
  encrypt(root, scratch, binding.passphrase);
  bind(image, root, binding);
  fs.truncateSync(disk, fs.statSync(disk).size + ROOM);
  run('sfdisk', ['--quiet', '--relocate', 'gpt-bak-std', disk]);
  run('sfdisk', ['--quiet', '--no-reread', '-N', '2', disk], ', +\n');
  copyPart(root, disk, { seek: start });
  fs.rmSync(root);
  return disk;
}

function copyPart(from: string, to: string, place: Readonly<Record<string, number>>): void {
  const words = Object.entries(place).map(([name, sectors]) => `${name}=${sectors * SECTOR}`);
  const bytes = ['iflag=skip_bytes,count_bytes', 'oflag=seek_bytes', 'bs=1M', 'status=none'];
  run('dd', [`if=${from}`, `of=${to}`, ...words, ...bytes, 'conv=notrunc,sparse']);
}

function encrypt(root: string, scratch: string, passphrase: string): void {
  const key = join(scratch, 'passphrase');
  fs.writeFileSync(key, passphrase, { mode: 0o600 });
  run('cryptsetup', [
    ...['reencrypt', '--batch-mode', '--encrypt', '--type', 'luks2', ...QUICK],
    ...[
      '--resilience',
      'none',
      '--reduce-device-size',
      `${ROOM / SECTOR}S`,
      '--key-file',
      key,
      root,
    ],
  ]);
}

/** By the image's own systemd, in its tree. */
function bind(image: SealedImage, root: string, binding: Binding): void {
  const { tpm, passphrase, publicKey, pcrs } = binding;
  const work = fs.mkdtempSync('/tmp/rootseal-bind-');
  try {
    fs.writeFileSync(join(work, 'pcr.pem'), publicKey);
    const script = [
      'set -e',
      'mount --rbind /dev "$1/dev"; mount --rbind /proc "$1/proc"',
      'mount -t tmpfs tmpfs "$1/run"; mount -t tmpfs tmpfs "$1/tmp"',
      'mkdir "$1/tmp/tpm" "$1/tmp/work"; touch "$1/tmp/root"',
      'mount --bind "$(dirname "$2")" "$1/tmp/tpm"; mount --bind "$3" "$1/tmp/work"; mount --bind "$4" "$1/tmp/root"',
      'exec chroot "$1" systemd-cryptenroll --tpm2-device=swtpm:path=/tmp/tpm/tpm "--tpm2-pcrs=$5" \\',
      '  --tpm2-public-key=/tmp/work/pcr.pem --tpm2-public-key-pcrs=11 /tmp/root',
    ].join('\n');
    const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'bind'];
    execFileSync('unshare', [...words, image.tree, tpm, work, root, pcrs], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PASSWORD: passphrase },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    fs.rmSync(work, { recursive: true });
  }
}
