/** The tree of the Debian image with less in it, so that it starts sooner, and with an agent for the tests. Its initramfs is dracut's. */
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.js';

/** Copies the tree of the image to `tree` and changes it. */
export function makeSmallDebian(image: { readonly tree: string }, tree: string): void {
  run('cp', ['-a', '--reflink=auto', image.tree, tree]);
  trim(tree);
  addAgent(tree);
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

/** Less to start. */
function trim(tree: string): void {
  for (const unit of MASKED) writeInTree(tree, `etc/systemd/system/${unit}`, '-> /dev/null');
  const lines = NOT_LOADED.map((name) => `blacklist ${name}\n`);
  writeInTree(tree, 'etc/modprobe.d/fleet.conf', lines.join(''));
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
  writeInTree(tree, 'usr/lib/agent', AGENT);
  fs.chmodSync(join(tree, 'usr/lib/agent'), 0o755);
  writeInTree(tree, 'usr/lib/systemd/system/agent.service', AGENT_UNIT);
  writeInTree(
    tree,
    'usr/lib/systemd/system/sysinit.target.wants/agent.service',
    '-> ../agent.service',
  );
}

/** Makes a file, or with `-> TARGET` a link. Says how to undo it. */
export function writeInTree(tree: string, path: string, content: string): () => void {
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
