/** `rootseal --help`: what commands there are, in groups, on one screen of 80 columns. */
import type { AnyCommand } from '../command.js';
import type { ListedGroup } from '../commands/index.js';

const WIDTH = 80;
const INDENT = '  ';

const USAGE = 'Usage: rootseal COMMAND [OPTIONS]';
const CLOSING = [
  'rootseal help COMMAND shows the manual; rootseal COMMAND --help the options.',
  'rootseal help lists the options of every command, and the exit statuses.',
];

/** The whole text; it ends with a newline. */
export function renderOverview(groups: readonly ListedGroup[]): string {
  const lines = groups.flatMap(renderGroup);
  return `${[USAGE, '', ...lines, '', ...CLOSING].join('\n')}\n`;
}

function renderGroup({ group, everyday, others }: ListedGroup): string[] {
  const width = everyday.reduce(
    (widest, command) => Math.max(widest, shortForm(command).name.length),
    0,
  );
  const described = everyday.map((command) => {
    const { name, describe } = shortForm(command);
    return `${INDENT}${name.padEnd(width)}  ${describe}`;
  });
  const names = others.map((command) => shortForm(command).name);
  return [group, ...described, ...wrapNames(names)];
}

/** A command that has one subcommand is called by both words, and does what that does. */
function shortForm(command: AnyCommand): { readonly name: string; readonly describe: string } {
  const [name = ''] = command.command.split(' ');
  const [only, ...more] = command.subcommands ?? [];
  if (only === undefined || more.length > 0) return { name, describe: command.describe };
  return { name: `${name} ${only.command.split(' ')[0] ?? ''}`, describe: only.describe };
}

/** Names with commas between, on as many lines as they need; none breaks within a name. */
function wrapNames(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [index, name] of names.entries()) {
    const word = index === names.length - 1 ? name : `${name},`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${INDENT}${word}`);
  }
  return lines;
}
