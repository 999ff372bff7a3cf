/**
 * The options in the manual pages: asked from the compiled program, so that a page never tells of a flag that is not
 * there, nor keeps silent about one that is.
 *
 * A page with `GENERATED OPTIONS` marks gets its list between them. A page without writes it by hand; then each option
 * must be in it, and no other. Run by itself, `--write` updates the pages, and without it they are only checked.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BEGIN = '<!-- BEGIN GENERATED OPTIONS -->';
const END = '<!-- END GENERATED OPTIONS -->';

/**
 * Compares the pages in `folder` with the program, and with `write` mends them.
 *
 * @returns {Promise<string[]>} one line for each problem
 */
export async function checkOptions(folder, { write = false } = {}) {
  const pages = await describeProgram();
  const problems = [];
  for (const { page, subpages, options } of pages) {
    const file = findPage(folder, [page, ...subpages]);
    if (existsSync(file)) problems.push(...checkPage(file, options, write));
    else problems.push(`${file}: there is no manual page for this command`);
  }
  const known = new Set(pages.map(({ page }) => `${page}.1.md`));
  const others = readdirSync(folder).filter((name) => name.endsWith('.1.md') && !known.has(name));
  return [...problems, ...others.map((name) => `${join(folder, name)}: there is no such command`)];
}

/** Section 1, else 8 (commands of administrators); a command with one subcommand may have the page of that. */
function findPage(folder, pages) {
  const files = pages.flatMap((page) =>
    [1, 8].map((section) => join(folder, `${page}.${section}.md`)),
  );
  return files.find((file) => existsSync(file)) ?? files[0];
}

function checkPage(file, options, write) {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) return checkHandWritten(file, text, options);
  const wanted = `${text.slice(0, begin)}${BEGIN}\n\n${printOptions(options)}\n${text.slice(end)}`;
  if (wanted === text) return [];
  if (!write) return [`${file}: its options are not those of the program (npm run docs)`];
  writeFileSync(file, wanted);
  return [];
}

function checkHandWritten(file, text, options) {
  const items = [...text.matchAll(/^[*-] `--?[^\n]*:$/gm)].map(([item]) => item).join('\n');
  const written = new Set([...items.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name));
  const names = new Set(options.map(({ name }) => name));
  const missing = [...names].filter((name) => name !== 'repo' && !written.has(name));
  const extra = [...written].filter((name) => !names.has(name) && !GLOBAL.has(name));
  return [
    ...missing.map((name) => `${file}: --${name} is missing`),
    ...extra.map((name) => `${file}: the program has no --${name}`),
  ];
}

/** Options of every command: a page may say what they mean for its command. */
const GLOBAL = new Set(['json', 'quiet', 'verbose', 'color', 'no-color', 'progress-fd']);

/** Each page that there must be, with the options it must tell of. */
async function describeProgram() {
  const { loadCommands } = await load('cli/commands/index.js');
  const COMMANDS = await loadCommands();
  const { generalOptions } = await load('cli/usage/general.js');
  const { valueName } = await load('cli/usage/values.js');
  const general = [...record(generalOptions), ...OF_ROOTSEAL];
  const pages = [
    { page: 'rootseal', subpages: [], options: general },
    ...COMMANDS.map((command) => ({
      page: pageOf(command),
      subpages: subpagesOf(command),
      options: optionsOf(command),
    })),
  ];
  return pages.map(({ options, ...page }) => ({
    ...page,
    options: options.map((option) => ({ ...option, value: valueOf(option, valueName) })),
  }));
}

/** What is not an option of a command, but asks for something else in its place. */
const OF_ROOTSEAL = [
  {
    name: 'version',
    alias: 'V',
    type: 'boolean',
    describe: 'print the version and the formats it speaks',
  },
  { name: 'help', alias: 'h', type: 'boolean', describe: 'show the usage' },
];

function pageOf(command) {
  return `rootseal-${command.command.split(' ')[0]}`;
}

function subpagesOf(command) {
  const [only, ...others] = command.subcommands ?? [];
  if (only === undefined || others.length > 0) return [];
  return [`${pageOf(command)}-${only.command.split(' ')[0]}`];
}

function load(module) {
  return import(pathToFileURL(join('dist/src', module)).href);
}

/** Those of the command and of all its subcommands; `of` has the subcommands unless all have the option. */
function optionsOf(command) {
  const own = record(command.builder);
  const subcommands = command.subcommands ?? [];
  const found = new Map(own.map((option) => [option.name, option]));
  for (const subcommand of subcommands) {
    const word = subcommand.command.split(' ')[0];
    for (const option of optionsOf(subcommand)) {
      const known = found.get(option.name);
      found.set(option.name, { ...option, of: [...(known?.of ?? []), word] });
    }
  }
  return [...found.values()].map(({ of, ...option }) =>
    of === undefined || of.length === subcommands.length ? option : { ...option, of },
  );
}

/** Calls a builder with something that notes options and otherwise does nothing. */
function record(builder) {
  const options = [];
  const parser = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...args) => {
          if (method === 'option') options.push({ name: args[0], ...args[1] });
          return parser;
        },
    },
  );
  builder(parser);
  return options;
}

function printOptions(options) {
  return options.map(printOption).join('\n');
}

function printOption(option) {
  const { name, alias, describe, of, value } = option;
  const flags = [...(alias === undefined ? [] : [`-${alias}`]), `--${name}`];
  const heads = flags.map((flag) => `\`${flag}\`${value === '' ? '' : ` ${value}`}`);
  const prefix = of === undefined ? '' : `For ${of.map((word) => `\`${word}\``).join(', ')}: `;
  return `* ${heads.join(', ')}:\n  ${prefix}${sentence(describe, prefix)}${defaultOf(option)}\n`;
}

function valueOf({ name, type, choices }, valueName) {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join('|');
  if (type === 'boolean' || type === undefined) return '';
  return `_${valueName(name)}_`;
}

function sentence(text, prefix) {
  return `${prefix === '' ? text.charAt(0).toUpperCase() + text.slice(1) : text}.`;
}

function defaultOf({ choices, default: value }) {
  return choices === undefined || value === undefined ? '' : ` Default: \`${value}\`.`;
}
