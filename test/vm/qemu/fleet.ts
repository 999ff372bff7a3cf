/**
 * Releases of one system for machines that upgrade: the Debian image with less in it, so that it starts in seconds, an agent
 * for the tests, and the changes that make each release what it is. Made once, as sealed.ts does it.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.js';
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
  'test/vm/qemu/fleet.ts',
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
  run('cp', ['-a', '--reflink=auto', base.tree, tree]);
  trim(tree);
  addAgent(tree);
  write(tree, 'etc/from-image', 'as in v1\n');
  const repository = join(work, 'repository');
  rootseal('init', repository);
  for (const name of Object.keys(RELEASES) as ReleaseName[]) {
    const { files, sequence, signer }: Release = RELEASES[name];
    const undo = Object.entries(files).map(([path, content]) => write(tree, path, content));
    write(tree, 'usr/lib/release', `${name}\n`);
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

/** Units that take time and that no test looks at. */
const MASKED = [
  ...['systemd-logind.service', 'systemd-resolved.service', 'systemd-timesyncd.service'],
  ...['getty.target', 'ssh.service', 'ssh.socket', 'systemd-user-sessions.service'],
  ...['ldconfig.service', 'systemd-hwdb-update.service', 'systemd-journal-catalog-update.service'],
  ...['systemd-pcrmachine.service', 'systemd-pcrphase.service', 'systemd-pcrphase-sysinit.service'],
  ...['systemd-tpm2-setup.service', 'systemd-tpm2-setup-early.service', 'modprobe@drm.service'],
  ...['systemd-random-seed.service', 'systemd-boot-random-seed.service', 'dev-hugepages.mount'],
  ...['sys-kernel-config.mount', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount'],
  ...['sys-fs-fuse-connections.mount', 'dev-mqueue.mount', 'modprobe@configfs.service'],
  ...['modprobe@fuse.service', 'modprobe@efi_pstore.service', 'systemd-pstore.service'],
  ...['kmod-static-nodes.service', 'systemd-modules-load.service', 'systemd-binfmt.service'],
  ...['proc-sys-fs-binfmt_misc.automount', 'dracut-shutdown.service', 'fstrim.timer'],
  ...['systemd-networkd-persistent-storage.service', 'systemd-tmpfiles-clean.timer'],
  ...['systemd-hostnamed.socket', 'systemd-creds.socket', 'systemd-sysext.socket'],
  ...['systemd-udev-load-credentials.service', 'systemd-ask-password-wall.path'],
];

/** Modules that udev would load for what the machine has and nobody uses. */
const NOT_LOADED = [
  ...['aesni_intel', 'ghash_clmulni_intel', 'sha1_ssse3', 'crct10dif_pclmul', 'crc32_pclmul'],
  ...['evdev', 'serio_raw', 'pcspkr', 'i2c_i801', 'lpc_ich', 'iTCO_wdt', 'efi_pstore', 'button'],
];

/** Less to start; and the initramfs that is the boot program alone, in place of dracut's. */
function trim(tree: string): void {
  for (const unit of MASKED) write(tree, `etc/systemd/system/${unit}`, '-> /dev/null');
  const lines = NOT_LOADED.map((name) => `blacklist ${name}\n`);
  write(tree, 'etc/modprobe.d/fleet.conf', lines.join(''));
  const modules = join(tree, 'usr/lib/modules');
  const [release = ''] = fs.readdirSync(modules);
  const initramfs = join(modules, release, 'initramfs.img');
  fs.rmSync(initramfs);
  rootseal('initramfs', 'build', tree, '--output', initramfs);
}

/** Runs what comes over the second serial port, a line of base64 at a time, and answers with output and exit status. */
const AGENT = `#!/bin/bash
exec <>/dev/ttyS1 >&0
stty raw -echo -F /dev/ttyS1
echo ready
while read -r line; do
  [ -n "$line" ] || continue
  base64 -d <<<"$line" >/run/agent.sh || continue
  bash /run/agent.sh </dev/null >/run/agent.out 2>&1
  status=$?
  echo "done $status $(base64 -w0 /run/agent.out)"
done
`;
const AGENT_UNIT = `[Unit]
DefaultDependencies=no
After=local-fs.target systemd-tmpfiles-setup.service
Before=shutdown.target
Conflicts=shutdown.target
[Service]
ExecStart=/usr/lib/agent
Restart=always
Environment=HOME=/var/roothome
`;

function addAgent(tree: string): void {
  write(tree, 'usr/lib/agent', AGENT);
  fs.chmodSync(join(tree, 'usr/lib/agent'), 0o755);
  write(tree, 'usr/lib/systemd/system/agent.service', AGENT_UNIT);
  write(tree, 'usr/lib/systemd/system/sysinit.target.wants/agent.service', '-> ../agent.service');
}

/** Makes a file, or with `-> TARGET` a link. Says how to undo it. */
function write(tree: string, path: string, content: string): () => void {
  const file = join(tree, path);
  const before = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
  run('mkdir', ['-p', join(file, '..')]);
  fs.rmSync(file, { force: true });
  const target = /^-> (.*)$/.exec(content)?.[1];
  if (target !== undefined) fs.symlinkSync(target, file);
  else fs.writeFileSync(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
  return () => {
    fs.rmSync(file, { force: true });
    if (before !== undefined) fs.writeFileSync(file, before);
  };
}
