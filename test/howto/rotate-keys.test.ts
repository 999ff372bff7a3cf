/** docs/howto/rotate-keys.md: the releases and the hosts in directories of its first steps. */
import { test, type TestContext } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { readPage, runPage, type Substitution } from './page.js';
import { placeShell } from './place.js';
import { makeSmallSystem } from './small-system.js';

const NAME = 'rotate-keys.md';

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

test(
  'the how-to for keys that come and go runs as written, on hosts in directories',
  { skip: reasonForNoMounts() },
  async (t) => {
    const shell = placeShell(t);
    await runPage(NAME, readPage(NAME), {
      execute: (command) => shell.run(command),
      substitutions: [tree(t)],
    });
  },
);
