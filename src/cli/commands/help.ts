/** `rootseal help [TOPIC]`: the manual page of a command, from the Markdown that the pages are made of. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RootsealError } from '../../util/errors.js';
import { shownText } from '../../util/streams.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { packageRoot } from '../package-root.js';
import { renderPage } from '../render/man-page.js';

const PAGES = new URL('docs/man/', packageRoot());

/** Widest text, as man has it. */
const WIDTH_DEFAULT = 80;
const WIDTH_MAX = 100;

export const help = defineCommand({
  command: 'help [topic..]',
  describe: 'show the manual page of a command',
  builder: (yargs) =>
    yargs.positional('topic', {
      type: 'string',
      takes: 'TOPIC',
      array: true,
      default: [],
      describe: 'the command or page (default: rootseal itself)',
    }),
  run: async (context, options) => {
    const page = findPage(options.topic);
    const width = Math.min(WIDTH_MAX, process.stdout.columns || WIDTH_DEFAULT);
    const text = renderPage(page.text, width);
    if (!(await showPaged(context, text))) await printResult(context, text, page);
    return 'done';
  },
});

/** On a terminal, as man does: `$MANPAGER`, `$PAGER`, or less. */
async function showPaged(context: Context, text: string): Promise<boolean> {
  if (context.json || !context.stdoutIsTerminal) return false;
  const { showInPager } = await import('../../linux/pager.js');
  const { MANPAGER, PAGER } = context.env;
  return showInPager(MANPAGER ?? PAGER ?? 'less', shownText(text));
}

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

/** A subcommand may have a page of its own. `rootseal-units` is found by its whole name, too. */
function pageNames(command: string | undefined, subcommand: string | undefined): string[] {
  if (command === undefined) return ['rootseal'];
  const page = `rootseal-${command.replace(/^rootseal-/, '')}`;
  return subcommand === undefined ? [page] : [page, `${page}-${subcommand}`];
}

function readFirstPage(names: readonly string[]): { page: string; text: string | undefined } {
  for (const page of names) {
    const text = readPage(page);
    if (text !== undefined) return { page, text };
  }
  return { page: names[0] ?? '', text: undefined };
}

/** Commands of users are in section 1, those of administrators in 8; files in 5, the rest in 7. */
const SECTIONS = [1, 8, 5, 7];

function readPage(name: string): string | undefined {
  if (!/^[a-z][a-z.-]{0,63}$/.test(name)) return undefined;
  for (const section of SECTIONS) {
    const file = fileURLToPath(new URL(`${name}.${section}.md`, PAGES));
    if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
  }
  return undefined;
}

/** What can be asked for. */
export function listPages(): string[] {
  const names = fs.readdirSync(fileURLToPath(PAGES)).filter((name) => name.endsWith('.md'));
  return names.map((name) => name.replace(/\.\d\.md$/, '').replace(/^rootseal-/, '')).sort();
}
