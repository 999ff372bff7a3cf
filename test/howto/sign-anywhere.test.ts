/** docs/howto/sign-anywhere.md, from top to bottom: a real agent, a token of SoftHSM2, OpenSSL's provider, signify. */
import { test } from 'node:test';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { preparedBefore } from './commands.js';
import { readPage, runPage } from './page.js';
import { rootShell } from './root.js';
import { systemOf } from './system.js';

const NAME = 'sign-anywhere.md';
const PAGE = readPage(NAME);
/** Without our own packages the system stays the same when a source changes; other pages install them. */
const TOOLS_ALONE = PAGE.replace('./rootseal*.deb ', '');

test(
  'the how-to for keys that no file holds runs as written',
  { skip: reasonForNoBareRoot() },
  async (t) => {
    const base = await systemOf(NAME, TOOLS_ALONE);
    const shell = rootShell(t, { base });
    await shell.run('mkdir -p /opt/packages');
    await shell.run('ln -s /opt/rootseal/bin/rootseal.js /usr/local/bin/rootseal');
    await runPage(NAME, PAGE, {
      execute: (command) => shell.run(command),
      substitutions: preparedBefore(PAGE),
    });
  },
);
