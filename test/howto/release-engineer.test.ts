/** docs/howto/release-engineer.md, from top to bottom. */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { debian } from '../vm/qemu/sealed.js';
import { lacksForMachines } from '../vm/qemu/programs.js';
import { preparedBefore } from './commands.js';
import { readPage, runPage, type Substitution } from './page.js';
import { rootShell } from './root.js';
import { systemOf } from './system.js';

const NAME = 'release-engineer.md';
const PAGE = readPage(NAME);
const TOOLS = process.env['COMPOSEFS_TOOLS'];

function lacksComposefs(): string | false {
  const program = TOOLS === undefined ? 'mkcomposefs' : `${TOOLS}/mkcomposefs`;
  const found = spawnSync(program, ['--help']).error === undefined;
  return !found && 'needs mkcomposefs (see docs/developing.md)';
}

/** The tree of test/vm with the keys of the page. */
function tree(from: string): Substitution {
  return {
    command:
      'ROOTSEAL_KEYS=keys ROOTSEAL_PACKAGES=/opt/packages /usr/share/rootseal/images/debian/build tree',
    instead:
      `cp -a '${from}' tree && rm tree/usr/lib/rootseal/keys.d/* && ` +
      'ROOTSEAL_KEYS=keys /usr/share/rootseal/images/trust tree debian-trixie',
    why:
      'test/vm/qemu/sealed.ts runs this command, in the checkout, for all tests of Debian; the initramfs of its tree has the ' +
      'keys of those, but nothing is booted here',
  };
}

/** Of that tree. */
const LINT: Substitution = {
  command: 'rootseal lint tree --strict',
  instead: 'rootseal lint tree --strict --skip initramfs',
  why: 'the initramfs has other keys, as above; test/vm/tree.test.ts runs all rules on a tree that is as it was built',
};

test(
  'the how-to for a first release runs as written',
  { skip: reasonForNoBareRoot() || lacksForMachines() || lacksComposefs() },
  async (t) => {
    const image = debian();
    const tools = TOOLS === undefined ? [] : [dirname(TOOLS)];
    const base = await systemOf(NAME, PAGE);
    const visible = [image.directory, ...tools];
    const shell = rootShell(t, { base, visible, hasCheckout: false });
    if (TOOLS !== undefined) await shell.run(`PATH=$PATH:${TOOLS}`);
    await runPage(NAME, PAGE, {
      execute: (command) => shell.run(command),
      substitutions: [...preparedBefore(PAGE), tree(image.tree), LINT],
    });
  },
);
