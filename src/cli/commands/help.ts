/** `rootseal help [TOPIC]`: the manual page of a command, from the Markdown that the pages are made of. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { packageRoot } from '../package-root.js';
import { renderPage } from '../render/man-page.js';

const PAGES = new URL('docs/man/', packageRoot());

export const help = defineCommand({
  command: 'help [topic..]',
  describe: 'show the manual page of a command',
  builder: (yargs) =>
    yargs.positional('topic', {
      type: 'string',
      array: true,
      default: [],
      describe: 'the command (default: rootseal itself)',
    }),
  run: async (context, options) => {
    const page = findPage(options.topic);
    await printResult(context, renderPage(page.text), page);
    return 'done';
  },
});

/**
 * `commit` and `image create` are both found; a subcommand is shown on the page of its command.
 * @throws {RootsealError} USAGE when there is no such page
 */
function findPage(topic: readonly string[]): { page: string; text: string } {
  const words = topic.slice(topic.findLastIndex((word) => word === 'rootseal') + 1);
  const [command, subcommand] = words;
  const { page, text } = readFirstPage(pageNames(command, subcommand));
  const knows = subcommand === undefined || text?.includes(`rootseal ${command} ${subcommand}`);
  if (text !== undefined && knows === true && words.length <= 2) return { page, text };
  throw new RootsealError('USAGE', `no manual page for ${JSON.stringify(words.join(' '))}`, {
    hint: '`rootseal --help` lists the commands',
  });
}

/** A subcommand may have a page of its own. */
function pageNames(command: string | undefined, subcommand: string | undefined): string[] {
  if (command === undefined) return ['rootseal'];
  const page = `rootseal-${command}`;
  return subcommand === undefined ? [page] : [page, `${page}-${subcommand}`];
}

function readFirstPage(names: readonly string[]): { page: string; text: string | undefined } {
  for (const page of names) {
    const text = readPage(page);
    if (text !== undefined) return { page, text };
  }
  return { page: names[0] ?? '', text: undefined };
}

/** Commands of users are in section 1, those of administrators in section 8. */
function readPage(name: string): string | undefined {
  if (!/^[a-z-]{1,64}$/.test(name)) return undefined;
  for (const section of [1, 8]) {
    const file = fileURLToPath(new URL(`${name}.${section}.md`, PAGES));
    if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
  }
  return undefined;
}
