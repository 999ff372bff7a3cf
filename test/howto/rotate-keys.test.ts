/**
 * docs/howto/rotate-keys.md: releases, and hosts in directories; the machine of its last step is one of these, where a running system has
 * its physical root, so that the program takes it for the machine that it runs on.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { readPage, runPage, type Substitution } from './page.js';
import { placeShell } from './place.js';
import type { Shell } from './shell.js';
import { makeSmallSystem } from './small-system.js';

const NAME = 'rotate-keys.md';
const PAGE = readPage(NAME);
const MACHINE = PAGE.indexOf('## 5. ');

/** A tree with the keys of the page. */
function tree(t: TestContext): Substitution {
  const made = makeSmallSystem(scratchDirectory(t, '/var/tmp'));
  return {
    command:
      'ROOTSEAL_KEYS=keys ROOTSEAL_PACKAGES=/opt/packages /usr/share/rootseal/images/debian/build tree',
    instead: `cp -a '${made}' tree && ROOTSEAL_KEYS=keys '${CHECKOUT}/images/trust' tree debian-trixie`,
    why: 'whom the system trusts is what the page is about; nothing of it is started here',
  };
}

/** The host `late` as what runs: its files where its system has them, and what its boot program would have said. */
const BECOME_LATE = [
  'mkdir -p /sysroot /run/rootseal /usr/lib/rootseal/keys.d /mnt',
  'mount --bind late /sysroot && mount --bind late/boot /boot',
  'cp 2026.key.pub /usr/lib/rootseal/keys.d/2026.pub && cp 2027.key.pub /mnt/2027.pub',
  "printf '[verify]\\nmode=seal\\nname=debian-trixie\\n' >/usr/lib/rootseal/setup-root.conf",
  'id=$(sed -n \'s/^ *"default": "\\(.*\\)".*/\\1/p\' /sysroot/state/deployments.json)',
  'rm -rf /etc && cp -a /sysroot/state/deploy/$id/etc /etc',
  `printf '{"version":1,"id":"%s","image":"v1-sha256-12:%s","name":"debian-trixie","release":"4","sequence":1,${[
    '"assurance":"verified","missing":[],"mode":"seal","keys":[{"name":"2026.example.org","id":"00000000"}]',
    '"secureBoot":false,"unifiedKernelImage":false,"etc":"bind","var":"bind","transientRoot":false',
  ].join(',')}}' $id $id >/run/rootseal/boot.json`,
  // Release 6 is what its origin has.
  'rootseal branch set main main~3',
  'unset ROOTSEAL_REPO; cd /',
];

async function becomeLate(shell: Shell): Promise<void> {
  for (const command of BECOME_LATE) {
    const { status, output } = await shell.run(command);
    assert.equal(status, 0, `${command}\n${output}`);
  }
}

const ESP = 'its ESP is a directory, which is not found by the type of its partition';

const ON_MACHINE: readonly Substitution[] = [
  ...['rootseal upgrade', 'rootseal upgrade --check', 'rootseal status'].map((command) => ({
    command,
    instead: `${command} --boot /boot`,
    why: ESP,
  })),
  {
    command: 'systemctl reboot',
    instead: 'rootseal finalize-staged --boot /boot >/dev/null 2>&1 || true',
    why: 'this is what a shutdown does; what a boot does with seals is in test/vm/refusals.test.ts',
  },
  {
    command: 'rootseal status --check >/dev/null',
    instead: "rootseal status --boot /boot | grep '6 *default'",
    why: 'release 4 runs on here, since nothing is started',
  },
];

test(
  'the how-to for keys that come and go runs as written, on hosts in directories',
  { skip: reasonForNoMounts() },
  async (t) => {
    const shell = placeShell(t);
    const execute = (command: string) => shell.run(command);
    await runPage(NAME, PAGE.slice(0, MACHINE), { execute, substitutions: [tree(t)] });
    await becomeLate(shell);
    await runPage(NAME, PAGE.slice(MACHINE), { execute, substitutions: ON_MACHINE });
  },
);
