#!/usr/bin/env node
/**
 * The changelog from its fragments: `node bin/changelog.mjs` prints what the next release would say;
 * `node bin/changelog.mjs VERSION` moves all of `changelog/unreleased/` into CHANGELOG.md. The date is today, or that of
 * `SOURCE_DATE_EPOCH`.
 */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In the order of https://keepachangelog.com/en/1.1.0/. */
export const SECTIONS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
export const FRAGMENTS = 'changelog/unreleased';

/** @returns {{ section: string, text: string }} @throws {Error} naming the file and what is wrong with it */
export function parseFragment(name, markdown) {
  const refuse = (problem) => {
    throw new Error(`${FRAGMENTS}/${name}: ${problem}`);
  };
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*\.md$/.test(name))
    refuse('a name is lower-case words with hyphens, and .md');
  const match = /^# ([^\n]*)\n\n([^]*?)\n*$/.exec(markdown);
  if (match === null) refuse('expected "# SECTION", an empty line and a paragraph');
  const [, section, text] = match;
  if (!SECTIONS.includes(section)) refuse(`"${section}" is not one of ${SECTIONS.join(', ')}`);
  if (text === '' || /\n\s*\n/.test(text) || /^\s|^[-*#>|]/m.test(text))
    refuse('below the heading is one paragraph, without lists or indentation');
  return { section, text };
}

/** All fragments of a checkout, in the order of their names. */
export function readFragments(root) {
  const directory = join(root, FRAGMENTS);
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  return names.map((name) => parseFragment(name, readFileSync(join(directory, name), 'utf8')));
}

/** The sections of one release; '' when there are no fragments. */
export function printSections(fragments) {
  return SECTIONS.map((section) => ({
    section,
    items: fragments.filter((fragment) => fragment.section === section),
  }))
    .filter(({ items }) => items.length > 0)
    .map(({ section, items }) => `### ${section}\n\n${items.map(printItem).join('\n')}\n`)
    .join('\n');
}

function printItem({ text }) {
  return `- ${text.replaceAll('\n', '\n  ')}`;
}

/** @returns {string} the changelog with a release before all others */
export function addRelease(changelog, fragments, { version, date }) {
  if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version))
    throw new Error(`"${version}" is not a version such as 1.2.3`);
  if (changelog.includes(`\n## [${version}]`))
    throw new Error(`CHANGELOG.md has version ${version} already`);
  if (fragments.length === 0) throw new Error(`nothing has changed: ${FRAGMENTS}/ is empty`);
  const first = changelog.search(/^## \[/m);
  const end = first < 0 ? `${changelog.trimEnd()}\n\n`.length : first;
  const before = first < 0 ? `${changelog.trimEnd()}\n\n` : changelog.slice(0, end);
  const after = first < 0 ? '' : `\n${changelog.slice(end)}`;
  return `${before}## [${version}] - ${date}\n\n${printSections(fragments)}${after}`;
}

function release(root, version) {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const now = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  const file = join(root, 'CHANGELOG.md');
  const date = now.toISOString().slice(0, 10);
  const text = addRelease(readFileSync(file, 'utf8'), readFragments(root), { version, date });
  writeFileSync(file, text);
  for (const name of readdirSync(join(root, FRAGMENTS))) rmSync(join(root, FRAGMENTS, name));
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '..');
  const [version] = process.argv.slice(2);
  try {
    if (version === undefined) process.stdout.write(printSections(readFragments(root)));
    else release(root, version);
  } catch (error) {
    console.error(`bin/changelog.mjs: ${error.message}`);
    process.exitCode = 1;
  }
}
