/** Commands that several pages have, and why a test runs others in their place. */
import { spawnSync } from 'node:child_process';
import { parsePage } from './blocks.js';
import type { Substitution } from './page.js';

/** Why `npm ci` and `npm run build` are not run: what runs the page was installed and built by them. */
const BUILT = 'npm test itself did it, and it needs the network';

/** The command that installs the packages of a page. */
export function aptCommand(markdown: string): string {
  const found = parsePage(markdown).commands.find(({ text }) => text.startsWith('apt-get install'));
  if (found === undefined) throw new Error('the page has no "apt-get install"');
  return found.text;
}

/** The Debian packages that a page asks for. */
export function packagesOf(markdown: string): string[] {
  const words = aptCommand(markdown).split(' ').slice(2);
  return words.filter((word) => !word.startsWith('-'));
}

/** Why a page cannot be run here for lack of packages; false when it can. */
export function lacksPackages(markdown: string): string | false {
  const packages = packagesOf(markdown);
  const { stdout } = spawnSync('dpkg-query', [
    '--show',
    '--showformat',
    '${Package} ${Status}\n',
    ...packages,
  ]);
  const lines = String(stdout).split('\n');
  const missing = packages.filter((name) => !lines.includes(`${name} install ok installed`));
  return missing.length > 0 && `needs Debian packages: ${missing.join(' ')}`;
}

/** For a page whose packages are there already, in a checkout that is built. */
export function preparedBefore(markdown: string): Substitution[] {
  const instead = 'true';
  const apt = {
    command: aptCommand(markdown),
    instead,
    why: 'the packages were found to be there, and the network is loopback alone',
  };
  const npm = ['npm ci', 'npm run build'].map((command) => ({ command, instead, why: BUILT }));
  const typed = parsePage(markdown).commands.map(({ text }) => text);
  return [apt, ...npm.filter(({ command }) => typed.includes(command))];
}
