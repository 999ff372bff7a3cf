/** Commands that several pages have, and why a test runs others in their place. */
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

/** The packages of Debian that a page asks for. */
export function packagesOf(markdown: string): string[] {
  const words = aptCommand(markdown).split(' ').slice(2);
  return words.filter((word) => !word.startsWith('-') && !word.startsWith('./'));
}

/** For a page whose packages are there already, in a checkout that is built. */
export function preparedBefore(markdown: string): Substitution[] {
  const instead = 'true';
  const apt = {
    command: aptCommand(markdown),
    instead,
    why: 'it was run as written when the system was made (system.ts); now the network is loopback alone',
  };
  const npm = ['npm ci', 'npm run build'].map((command) => ({ command, instead, why: BUILT }));
  const typed = parsePage(markdown).commands.map(({ text }) => text);
  return [apt, ...npm.filter(({ command }) => typed.includes(command))];
}
