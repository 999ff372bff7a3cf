/** docs/howto/boot-your-own-distribution.md, from top to bottom, with its machine. */
import { dirname } from 'node:path';
import { test } from 'node:test';
import { lacksFirmware } from '../vm/qemu/programs.js';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { parsePage } from './blocks.js';
import { preparedBefore } from './commands.js';
import { readPage, runPage, type Substitution } from './page.js';
import { rootShell } from './root.js';
import { systemOf } from './system.js';
import { treeOf } from './trees.js';

const NAME = 'boot-your-own-distribution.md';
const PAGE = readPage(NAME);

function tree(): Substitution & { readonly directory: string } {
  const command = parsePage(PAGE).commands.find(({ text }) => text.includes('mmdebstrap --'))?.text;
  if (command === undefined) throw new Error('the page makes no tree');
  const made = treeOf(command);
  return {
    command,
    instead: `cp -a '${made}' tree`,
    why: 'it was run as written when this tree was made; it needs the network, and no key is in it yet',
    directory: dirname(made),
  };
}

test(
  'the how-to for a distribution of one’s own runs as written, and ends in a login to its machine',
  { skip: reasonForNoBareRoot() || lacksFirmware() },
  async (t) => {
    const made = tree();
    const base = await systemOf(NAME, PAGE);
    const shell = rootShell(t, { base, visible: [made.directory], hasCheckout: false });
    await runPage(NAME, PAGE, {
      execute: (command) => shell.run(command),
      substitutions: [...preparedBefore(PAGE), made],
    });
  },
);
