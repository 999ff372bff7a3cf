/**
 * The list of commands in rootseal(1): asked from the compiled program, like the options (`options.mjs`). It stands between
 * the `GENERATED COMMANDS` marks.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatted } from './formatted.mjs';

const BEGIN = '<!-- BEGIN GENERATED COMMANDS -->';
const END = '<!-- END GENERATED COMMANDS -->';

/** @returns {Promise<string[]>} one line for each problem */
export async function checkCommands(folder, { write = false } = {}) {
  const file = join(folder, 'rootseal.1.md');
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) return [`${file}: the marks of the commands are missing`];
  const page = `${text.slice(0, begin)}${BEGIN}\n\n${await listCommands(folder)}\n${text.slice(end)}`;
  const wanted = await formatted(file, page);
  if (wanted === text) return [];
  if (!write) return [`${file}: its commands are not those of the program (npm run docs)`];
  writeFileSync(file, wanted);
  return [];
}

async function listCommands(folder) {
  const module = pathToFileURL(join('dist/src/cli/commands/index.js')).href;
  const groups = await (await import(module)).listCommands();
  const sections = groups.map(({ group, everyday, others }) => {
    const items = [...everyday, ...others].map((command) => {
      return `* ${pageOf(folder, command)}: ${command.describe}\n`;
    });
    return `${titleOf(group)}:\n\n${items.join('')}`;
  });
  return sections.join('\n');
}

/** The group whose commands only units call has its own page. */
function titleOf(group) {
  return group === 'Called by systemd' ? `${group} (rootseal-units(7))` : group;
}

/** A command with one subcommand may have the page of that. */
function pageOf(folder, { command, subcommands = [] }) {
  const page = `rootseal-${command.split(' ')[0]}`;
  const names = [page, ...subcommands.map((one) => `${page}-${one.command.split(' ')[0]}`)];
  for (const name of names)
    for (const section of [1, 8])
      if (existsSync(join(folder, `${name}.${section}.md`))) return `${name}(${section})`;
  return page;
}
