/** The Debian image with its dracut initramfs: to multi-user, twice on one disk. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { initramfsHas } from '../../src/disk/initramfs/read-initramfs.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { DiskEdit } from './qemu/disk-edit.js';
import { CONSOLE } from './qemu/kernel-arguments.js';
import { Machine } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { debian } from './qemu/sealed.js';

/**
 * What runs in the machine when all else does; each line it prints starts with `check: `. It goes there on the command line, twice in
 * Base64, so it has no word too many. `fsck` runs once, since it takes a while where the processor is emulated.
 */
const CHECK = `
say() { echo "check: $*"; }
say root $(findmnt -no FSTYPE,OPTIONS /)
say etc $(findmnt -no FSTYPE,OPTIONS /etc)
say boot.json $(cat /run/rootseal/boot.json)
touch /usr/new 2>&1 | sed 's/^/check: usr /'
for place in /etc /var; do
  count=$(($(cat $place/count 2>/dev/null || echo 0) + 1))
  echo $count >$place/count
  say count $place $count
done
say machine-id $(cat /etc/machine-id)
say rootseal $(rootseal --version | head -n 1)
[ -e /var/checked ] || say fsck $(rootseal fsck --repo /sysroot/composefs 2>&1 | tail -n 1)
touch /var/checked
say env $(tr '\\0' ' ' </proc/1/environ)
say units $(systemctl is-active boot-complete.target rootseal-boot-complete rootseal-finalize-staged)
say failed units: $(systemctl --failed --no-legend --plain | cut -d' ' -f1)
sync
systemctl poweroff
`;

/** A unit for one boot, given to systemd on the command line (systemd.system-credentials(7)). */
function unitOnCommandLine(script: string): string {
  const unit = [
    '[Unit]',
    // The target that wants it does not wait for it: the health checks wait for that target, and this for them.
    'DefaultDependencies=no',
    'After=multi-user.target rootseal-boot-complete.service',
    '[Service]',
    'Type=oneshot',
    'StandardOutput=tty',
    'StandardError=tty',
    'TTYPath=/dev/console',
    `ExecStart=/bin/sh -c 'echo ${Buffer.from(script).toString('base64')} | base64 -d | sh'`,
    '',
  ].join('\n');
  const encoded = Buffer.from(unit).toString('base64');
  return `systemd.set_credential_binary=systemd.extra-unit.check.service:${encoded} systemd.wants=check.service`;
}

/**
 * A word that the kernel makes a variable of process 1. systemd would look for units where none requires the check, and find
 * sysroot.mount nevertheless.
 */
const VARIABLE = 'SYSTEMD_UNIT_PATH=/run/systemd/generator:/usr/lib/systemd/system';

test(
  'Debian starts to multi-user from what was sealed, whatever variables the command line makes, keeps /etc and /var, and has no failed unit',
  { skip: lacksForMachines() },
  async (t) => {
    const { disk, kernel, initrd, image, hex } = debian();
    const { file } = DiskEdit.copy(disk, scratchDirectory(t, '/var/tmp'));
    const ids: string[] = [];
    for (const number of [1, 2]) {
      const machine = Machine.start(t, {
        disk: file,
        keep: true,
        kernel: {
          image: kernel,
          initrd,
          append: `${CONSOLE} root=/dev/nvme0n1p2 rw composefs.digest=${image} ${VARIABLE} ${unitOnCommandLine(CHECK)}`,
        },
        memoryMib: 1024,
      });
      await machine.expect(new RegExp(`rootseal: verified ${image} by first\\.example\\.org`));
      await machine.expect(/check: failed units:/);
      const said = (what: string): string =>
        machine.console.all(new RegExp(`check: ${what}`))[0]?.replace(/^.*check: [^ ]+ ?/, '') ??
        '';
      assert.match(said('root '), /^overlay ro,.*verity=require/);
      assert.match(said('etc '), /^ext4 .*nodev/);
      assert.doesNotMatch(said('env '), /SYSTEMD_UNIT_PATH/);
      assert.match(said('env '), /^PATH=\/sbin:/);
      assert.match(said('usr '), /Read-only file system/);
      const boot = JSON.parse(said('boot.json ')) as Record<string, unknown>;
      assert.equal(boot['assurance'], 'verified');
      assert.equal(boot['id'], hex);
      assert.equal(said('count /etc '), `/etc ${number}`);
      assert.equal(said('count /var '), `/var ${number}`);
      assert.match(said('rootseal '), /^rootseal \d/);
      if (number === 1) assert.match(said('fsck '), /1 commit: ok$/);
      assert.equal(said('units '), 'active active active');
      assert.equal(said('failed units:'), 'units:');
      ids.push(said('machine-id '));
      await machine.end();
    }
    assert.match(ids[0] ?? '', /^[0-9a-f]{32}$/);
    assert.equal(ids[1], ids[0], 'the machine keeps its identity');
  },
);

test(
  "in Debian's initramfs nothing lays extensions over the programs, and no unit gives a shell",
  { skip: lacksForMachines() },
  async () => {
    const initrd = readFileSync(debian().initrd);
    // A link to /dev/null in /etc takes the place of the unit.
    for (const unit of ['systemd-sysext', 'systemd-confext', 'debug-shell'])
      assert.equal(await initramfsHas(initrd, `etc/systemd/system/${unit}.service`), true, unit);
    assert.equal(await initramfsHas(initrd, 'usr/lib/systemd/systemd'), true);
  },
);
