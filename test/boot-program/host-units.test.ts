/** The units of the running system, as systemd reads them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { HEALTH_DIRECTORIES } from '../../src/deploy/health/find-checks.js';
import { EXIT_STATUS } from '../../src/util/errors.js';
import { CHECKOUT } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const UNITS = join(CHECKOUT, 'systemd');
const OF_INITRAMFS = ['rootseal-setup-root.service', 'rootseal-refused.service'];
const NAMES = fs
  .readdirSync(UNITS)
  .filter((name) => /\.(?:service|timer)$/.test(name) && !OF_INITRAMFS.includes(name));
const SERVICES = NAMES.filter((name) => name.endsWith('.service'));
/**
 * The most that `systemd-analyze security` may find; 0 is a program that may do nothing, 10 one without any limit. The first
 * four make mounts, which a kernel allows only with CAP_SYS_ADMIN; an upgrade has the network besides. What systemd 252 and
 * 257 find differs by a few tenths.
 */
const EXPOSURE_MAX: Readonly<Record<string, number>> = {
  'rootseal-finalize-staged.service': 3.2,
  'rootseal-boot-complete.service': 3.2,
  'rootseal-boot-failed.service': 3.2,
  'rootseal-boot-deadline.service': 3.2,
  'rootseal-upgrade.service': 4,
  'rootseal-esp-hold.service': 3,
};
/** Runs programs of others, which have to see the system as it is. */
const UNLIMITED = 'rootseal-health.service';
const skip =
  spawnSync('systemd-analyze', ['--version']).error !== undefined &&
  'needs systemd-analyze (systemd)';
const read = (name: string) => fs.readFileSync(join(UNITS, name), 'utf8');

/** The values of a key in all lines that have it, as words. */
function words(name: string, key: string): string[] {
  const lines = [...read(name).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))];
  return lines.flatMap(([, value = '']) => value.split(' '));
}

/** All units in a directory, enabled, with a program that is there in place of rootseal. */
function enabledUnits(t: TestContext): string {
  const folder = scratchDirectory(t);
  for (const name of NAMES) {
    fs.writeFileSync(
      join(folder, name),
      read(name).replaceAll(/^(Exec\w+=)\/usr\/bin\/rootseal\b/gm, '$1/bin/true'),
    );
    for (const [key, suffix] of [
      ['WantedBy', 'wants'],
      ['RequiredBy', 'requires'],
    ] as const) {
      for (const target of words(name, key)) {
        fs.mkdirSync(join(folder, `${target}.${suffix}`), { recursive: true });
        fs.symlinkSync(join(folder, name), join(folder, `${target}.${suffix}`, name));
      }
    }
  }
  return folder;
}

function analyze(folder: string, args: readonly string[]) {
  const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:`, SYSTEMD_COLORS: '0' };
  return spawnSync('systemd-analyze', args, { encoding: 'utf8', env });
}

test(
  'systemd finds nothing wrong with the units, nor a cycle in a boot with all of them enabled',
  { skip },
  (t) => {
    const folder = enabledUnits(t);
    const files = NAMES.map((name) => join(folder, name));
    const { status, stdout, stderr } = analyze(folder, ['verify', '--man=no', ...files]);
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
    for (const target of ['multi-user.target', 'boot-complete.target', 'reboot.target']) {
      const found = analyze(folder, ['verify', '--man=no', '--recursive-errors=yes', target]);
      assert.doesNotMatch(found.stderr, /cycle|rootseal/, target);
    }
  },
);

test('each service is held as tight as its work allows', { skip }, (t) => {
  const folder = enabledUnits(t);
  assert.deepEqual([...Object.keys(EXPOSURE_MAX), UNLIMITED].sort(), [...SERVICES].sort());
  for (const [name, max] of Object.entries(EXPOSURE_MAX)) {
    const { stdout, stderr } = analyze(folder, [
      ...['security', '--offline=true', '--no-pager'],
      join(folder, name),
    ]);
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    assert.ok(Number(exposure) <= max, `${name}: ${exposure ?? stderr}, at most ${max}`);
  }
});

test('every unit does nothing on a machine that rootseal has not started, and has its manual page', () => {
  for (const name of NAMES) {
    // One with a `|` is one of several: the others may hold in its place.
    const all = words(name, 'ConditionPathExists').filter((place) => !place.startsWith('|'));
    assert.deepEqual(all, ['/run/rootseal/boot.json'], name);
    for (const page of words(name, 'Documentation')) {
      const [, title = '', section = ''] = /^man:(.*)\((\d)\)$/.exec(page) ?? [];
      assert.ok(fs.existsSync(join(CHECKOUT, 'docs/man', `${title}.${section}.md`)), page);
    }
  }
});

test('what is staged is finalized after whatever writes to /etc, and before file systems go', () => {
  const name = 'rootseal-finalize-staged.service';
  // Units stop in the reverse order of their start.
  assert.ok(words(name, 'Before').includes('basic.target'));
  for (const unit of ['local-fs.target', 'rootseal-esp-hold.service', 'efi.mount', 'boot.mount'])
    assert.ok(words(name, 'After').includes(unit), unit);
  assert.ok(words(name, 'RequiresMountsFor').includes('/sysroot'));
  // Every way down, the soft reboot too, goes through this target.
  assert.ok(words(name, 'Conflicts').includes('final.target'));
  assert.ok(words(name, 'Before').includes('final.target'));
  assert.deepEqual(words(name, 'DefaultDependencies'), ['no']);
  assert.deepEqual(words(name, 'RemainAfterExit'), ['yes']);
});

test('what keeps the boot partition mounted is in the mount namespace of systemd', () => {
  const unit = read('rootseal-esp-hold.service');
  const makesNamespace =
    /^(?:Private|Protect|ReadWrite|ReadOnly|Inaccessible|Bind|Temporary|Root)/m;
  assert.doesNotMatch(unit, makesNamespace);
});

test('a boot is only blessed after the health checks, and nothing that multi-user.target waits for waits for them', () => {
  assert.ok(words('rootseal-health.service', 'RequiredBy').includes('boot-complete.target'));
  assert.ok(words('rootseal-health.service', 'Before').includes('boot-complete.target'));
  const bless = 'rootseal-boot-complete.service';
  assert.ok(words(bless, 'Requires').includes('boot-complete.target'));
  assert.ok(words(bless, 'After').includes('boot-complete.target'));
  assert.deepEqual(words(bless, 'DefaultDependencies'), ['no']);
});

test('the health checks are started where there are any, of the image or of the machine', () => {
  const unit = read('rootseal-health.service');
  // Of conditions with a `|`, one has to hold (systemd.unit(5)).
  const any = [...unit.matchAll(/^ConditionPathExists=\|(.*)$/gm)].map(([, place]) => place);
  assert.deepEqual(
    any,
    HEALTH_DIRECTORIES.map((directory) => `${directory}/health.d`),
  );
});

test('a boot is given up when a health check fails, and when it is not complete in time', () => {
  assert.deepEqual(words('rootseal-health.service', 'OnFailure'), ['rootseal-boot-failed.service']);
  assert.match(
    read('rootseal-boot-failed.service'),
    /^ExecStart=\/usr\/bin\/rootseal boot-failed$/m,
  );
  const late = read('rootseal-boot-deadline.service');
  assert.match(late, /^ExecCondition=.*! systemctl --quiet is-active boot-complete\.target/m);
  assert.match(late, /^ExecStart=\/usr\/bin\/rootseal boot-failed --reason "/m);
});

test('nothing to do is not a failure', () => {
  for (const name of ['rootseal-upgrade.service', 'rootseal-finalize-staged.service'])
    assert.deepEqual(words(name, 'SuccessExitStatus'), ['77'], name);
});

test('a release that failed here before fails the unit that would stage it', () => {
  const taken = words('rootseal-upgrade.service', 'SuccessExitStatus');
  assert.ok(!taken.includes(String(EXIT_STATUS.FAILED_HERE)));
  assert.notEqual(EXIT_STATUS.FAILED_HERE, EXIT_STATUS.UNCHANGED);
});

test('the preset enables what a machine needs to heal itself, and no upgrade', () => {
  const preset = read('90-rootseal.preset');
  const rules = [...preset.matchAll(/^(enable|disable) (\S+)$/gm)];
  const enabled = rules.filter(([, verb]) => verb === 'enable').map(([, , unit]) => unit);
  assert.deepEqual(enabled.sort(), [
    'rootseal-boot-complete.service',
    'rootseal-boot-deadline.timer',
    'rootseal-finalize-staged.service',
    'rootseal-health.service',
  ]);
  const named = rules.map(([, , unit = '']) => unit);
  for (const name of NAMES.filter((unit) => read(unit).includes('[Install]')))
    assert.ok(named.includes(name), `${name} is in the preset`);
});
