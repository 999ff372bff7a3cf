/**
 * Installs a release with `--encrypt tpm2`, as an administrator does it from an installation medium that is the same system: in User Mode
 * Linux, with the programs of the image, and with a TPM that swtpm is. Its state belongs to the machine that gets the disk.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { requireDocument } from '../../helpers/schema.js';
import { run } from '../qemu/programs.js';
import { runInUml } from '../uml/bench.js';
import type { EncryptedReleases } from './releases.js';

const GIB = 2 ** 30;

export interface Installed {
  readonly disk: string;
  /** What swtpm keeps. */
  readonly tpm: string;
  readonly recoveryKey: string;
  /** What the key of the disk is bound to, in hexadecimal digits. */
  readonly pcr7: string;
}

/** Of `install to-disk --json`, what is asked here. */
interface Report {
  readonly encryption: { readonly pcr7: string; readonly recoveryKey: string };
}

/**
 * The kernel, which has no seccomp, makes a TPM of the commands that it hands to swtpm (Linux Documentation/security/tpm/tpm_vtpm_proxy.rst). Everything of the
 * image is in its place when the program starts, as it would be in a running system.
 */
const SCRIPT = `set -e
swtpm chardev --vtpm-proxy --tpm2 --seccomp action=none --tpmstate dir=/mnt/exchange/tpm &
until test -c /dev/tpmrm0; do kill -0 $!; sleep 0.1; done
for name in dev proc sys; do mount --rbind "/$name" "$TREE/$name"; done
for name in run tmp; do mount -t tmpfs tmpfs "$TREE/$name"; done
mkdir "$TREE/tmp/exchange"
mount --bind /mnt/exchange "$TREE/tmp/exchange"
`;

/**
 * Installs v1 to a new disk, which takes upgrades from the branch `main` of `url`, and brings the keys of its owner to a machine that has
 * none.
 * @param exchange an empty directory, in which everything is left
 */
export async function installEncrypted(
  t: TestContext,
  { repository, tree, owner }: EncryptedReleases,
  { url, exchange }: { readonly url: string; readonly exchange: string },
): Promise<Installed> {
  const tpm = join(exchange, 'tpm');
  fs.mkdirSync(tpm);
  run('cp', ['-a', '--reflink=auto', repository, join(exchange, 'repository')]);
  run('cp', ['-a', owner.directory, join(exchange, 'keys')]);
  const disk = join(exchange, 'disk.img');
  fs.writeFileSync(disk, '');
  fs.truncateSync(disk, 3 * GIB);
  const place = '/tmp/exchange';
  const words = [
    ...['install', 'to-disk', 'v1', '/dev/ubda', '--repo', `${place}/repository`, '--json'],
    ...['--uki', '--cert', `${place}/keys/db.crt`, '--secure-boot-keys', `${place}/keys`],
    ...['--encrypt', 'tpm2', '--esp-size', '256M', '--origin', 'origin/main', '--url', url],
  ];
  const call = `chroot "$TREE" rootseal ${words.map((word) => `'${word}'`).join(' ')}`;
  const command = `TREE='${tree}'\n${SCRIPT}${call} >/mnt/exchange/report.json\n`;
  const { status, console } = await runInUml(t, { command, disks: [disk], exchange });
  assert.equal(status, 0, console);
  const report = fs.readFileSync(join(exchange, 'report.json'), 'utf8');
  requireDocument('install-to-disk', report);
  const { encryption } = JSON.parse(report) as Report;
  return { disk, tpm, recoveryKey: encryption.recoveryKey, pcr7: encryption.pcr7 };
}
