/** docs/howto/secure-boot.md, from top to bottom, but for what a machine with its own firmware does: test/vm/secure-boot has that. */
import { test } from 'node:test';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { lacksForMachines } from '../vm/qemu/programs.js';
import { tiny } from '../vm/qemu/sealed.js';
import { readPage, runPage, type Substitution } from './page.js';
import { rootShell } from './root.js';
import { systemOf } from './system.js';

const NAME = 'secure-boot.md';

/** The tiny tree of test/vm with the keys of the page. */
function tree(from: string): Substitution {
  return {
    command:
      'ROOTSEAL_KEYS=keys ROOTSEAL_PACKAGES=/opt/packages /usr/share/rootseal/images/debian/build tree',
    instead:
      `cp -a '${from}' tree && rm tree/usr/lib/rootseal/keys.d/* && ` +
      'ROOTSEAL_KEYS=keys /usr/share/rootseal/images/trust tree debian-trixie',
    why: 'a tree with a kernel, a stub and a boot loader is all that the page is about; nothing of it is started here',
  };
}

test(
  'the how-to for machines under Secure Boot runs as written',
  { skip: reasonForNoBareRoot() || lacksForMachines() },
  async (t) => {
    const page = readPage(NAME);
    const image = tiny();
    const base = await systemOf(NAME, page);
    const shell = rootShell(t, { base, visible: [image.directory], hasCheckout: false });
    await runPage(NAME, page, {
      execute: (command) => shell.run(command),
      substitutions: [tree(image.tree)],
    });
  },
);
