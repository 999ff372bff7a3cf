/** The units of the initramfs, as systemd reads them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const UNITS = join(CHECKOUT, 'systemd');
const UNIT_FILES = ['rootseal-setup-root.service', 'rootseal-refused.service'];
const SHELLS = ['emergency.service', 'rescue.service', 'dracut-emergency.service'];
const skip =
  spawnSync('systemd-analyze', ['--version']).error !== undefined &&
  'needs systemd-analyze (systemd)';
const read = (name: string) => fs.readFileSync(join(UNITS, name), 'utf8');

/** Units that give a shell, as systemd and dracut ship them in short. */
const SHELL_UNIT = `[Unit]
DefaultDependencies=no
[Service]
Environment=HOME=/root
ExecStartPre=-/bin/true plymouth
ExecStart=-/bin/sh
ExecStopPost=-/bin/true go on
Type=idle
Restart=always
StandardInput=tty-force
TTYPath=/dev/tty9
TTYVHangup=yes
`;

test(
  'systemd finds nothing wrong with the units, nor with units that the drop-in changes',
  { skip },
  (t) => {
    const folder = scratchDirectory(t);
    /** systemd looks whether the program is there. */
    const write = (name: string, text: string) => {
      const content = text.replace(/^(ExecStart=)\/usr\/lib\/rootseal\/\S+/m, '$1/bin/true');
      fs.writeFileSync(join(folder, name), content);
    };
    for (const name of UNIT_FILES) write(name, read(name));
    for (const name of SHELLS) {
      write(name, SHELL_UNIT);
      fs.mkdirSync(join(folder, `${name}.d`));
      write(`${name}.d/rootseal-no-shell.conf`, read('no-shell.conf'));
    }
    write('sysroot.mount', '[Mount]\nWhat=/dev/null\nWhere=/sysroot\n');
    const files = [...UNIT_FILES, ...SHELLS].map((name) => join(folder, name));
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...files],
      {
        encoding: 'utf8',
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
      },
    );
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
  },
);

test('the unit of the root is not conditional: a condition that does not hold would skip the check', () => {
  for (const name of UNIT_FILES) assert.doesNotMatch(read(name), /^Condition/m);
});

test('no switch to another root happens without the unit of the root', () => {
  const unit = read('rootseal-setup-root.service');
  for (const name of [
    'initrd-root-fs.target',
    'initrd-switch-root.target',
    'initrd-switch-root.service',
  ]) {
    assert.match(unit, new RegExp(`^RequiredBy=.*${name.replaceAll('.', '\\.')}`, 'm'));
    assert.match(unit, new RegExp(`^Before=.*${name.replaceAll('.', '\\.')}`, 'm'));
  }
  assert.match(unit, /^RemainAfterExit=yes$/m);
});

test('the drop-in leaves no command of a unit but ours', () => {
  const lines = read('no-shell.conf').split('\n');
  for (const key of ['ExecStartPre', 'ExecStart', 'ExecStartPost', 'ExecStop', 'ExecStopPost'])
    assert.ok(lines.includes(`${key}=`), key);
  const commands = lines.filter((line) => /^Exec\w+=./.test(line));
  assert.deepEqual(commands, ['ExecStart=/usr/lib/rootseal/rootseal-setup-root --emergency']);
});
