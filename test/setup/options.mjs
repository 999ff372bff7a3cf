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
import { formatted } from './formatted.mjs';

const BEGIN = '<!-- BEGIN GENERATED OPTIONS -->';
const END = '<!-- END GENERATED OPTIONS -->';

/**
 * Compares the pages in `folder` with the program, and with `write` mends them.
 *
 * @returns {Promise<string[]>} one line for each problem
 */
export async function checkOptions(folder, { write = false } = {}) {
  const { pages, general } = await describeProgram();
  const problems = [];
  for (const { page, subpages, options } of pages) {
    const file = findPage(folder, [page, ...subpages]);
    if (existsSync(file)) problems.push(...(await checkPage(file, { options, general }, write)));
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

async function checkPage(file, { options, general }, write) {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) return checkHandWritten(file, text, options, general);
  const page = `${text.slice(0, begin)}${BEGIN}\n\n${printOptions(options)}\n${text.slice(end)}`;
  const wanted = await formatted(file, page);
  if (wanted === text) return [];
  if (!write) return [`${file}: its options are not those of the program (npm run docs)`];
  writeFileSync(file, wanted);
  return [];
}

/** @param general options of every command: a page may say what they mean for its command */
function checkHandWritten(file, text, options, general) {
  const items = [...text.matchAll(/^[*-] `--?[^:]*:(?=\s)/gm)].map(([item]) => item).join('\n');
  const written = new Set([...items.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name));
  const names = new Set(options.map(({ name }) => name));
  const missing = [...names].filter((name) => name !== 'repo' && !written.has(name));
  const extra = [...written].filter((name) => !names.has(name) && !general.has(name));
  return [
    ...missing.map((name) => `${file}: --${name} is missing`),
    ...extra.map((name) => `${file}: the program has no --${name}`),
  ];
}

/** Each page that there must be, with the options it must tell of; and the names of those that every command takes. */
async function describeProgram() {
  const { loadCommands } = await load('cli/commands/index.js');
  const { QUESTIONS } = await load('cli/usage/general.js');
  const declared = await load('cli/usage/declared.js');
  const commands = await loadCommands();
  const { options } = declared.declarationOf(commands[0], '');
  const general = options.filter(({ isGeneral }) => isGeneral).map((option) => textOf(option));
  function textOf(option) {
    const names = declared.longNames(option);
    return { ...option, names, meaning: declared.meaningOf(option) };
  }
  const questions = QUESTIONS.map((one) => ({
    ...one,
    names: [`--${one.name}`],
    olderNames: [],
    meaning: one.describe,
  }));
  const pages = [
    { page: 'rootseal', subpages: [], options: [...general, ...questions] },
    ...commands.map((command) => ({
      page: pageOf(command),
      subpages: subpagesOf(command),
      options: optionsOf(command, (one) =>
        declared
          .declarationOf(one, '')
          .options.filter(({ isGeneral, isHidden }) => !isGeneral && !isHidden)
          .map((option) => textOf(option)),
      ),
    })),
  ];
  const names = general.flatMap((option) => option.names.map((name) => name.slice(2)));
  return { pages, general: new Set(names) };
}

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
function optionsOf(command, declared) {
  const { subcommands = [], isGroup } = command;
  if (subcommands.length === 0) return declared(command);
  // A command that does something itself is one of them, by its own word.
  const all = [...(isGroup === true ? [] : [{ ...command, subcommands: [] }]), ...subcommands];
  const found = new Map();
  for (const subcommand of all) {
    const word = subcommand.command.split(' ')[0];
    for (const option of optionsOf(subcommand, declared)) {
      // What one name means differs between some subcommands; an item for each meaning.
      const key = JSON.stringify([option.name, option.meaning, valueOf(option)]);
      found.set(key, { ...option, of: [...(found.get(key)?.of ?? []), word] });
    }
  }
  return byName([...found.values()]).map(({ of, ...option }) =>
    of.length === all.length ? option : { ...option, of },
  );
}

/** Options of one name follow each other. */
function byName(options) {
  const names = [...new Set(options.map(({ name }) => name))];
  return names.flatMap((name) => options.filter((option) => option.name === name));
}

function printOptions(options) {
  return options.map(printOption).join('\n');
}

function printOption(option) {
  const { names, alias, meaning, of } = option;
  const value = valueOf(option);
  const flags = [...(alias === undefined ? [] : [`-${alias}`]), ...names];
  const heads = flags.map((flag) => `\`${flag}\`${value === '' ? '' : ` ${value}`}`);
  const prefix = of === undefined ? '' : `For ${of.map((word) => `\`${word}\``).join(', ')}: `;
  const older = option.olderNames.map((one) => ` An older name is \`--${one}\`.`).join('');
  return `* ${heads.join(', ')}:\n  ${prefix}${sentence(meaning, prefix)}${defaultOf(option)}${older}\n`;
}

function valueOf({ takes, choices }) {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join('|');
  return takes === undefined ? '' : `_${takes}_`;
}

function sentence(text, prefix) {
  return `${prefix === '' ? text.charAt(0).toUpperCase() + text.slice(1) : text}.`;
}

function defaultOf({ choices, default: value }) {
  return choices === undefined || value === undefined ? '' : ` Default: \`${value}\`.`;
}
