/**
 * Manual pages: `docs/man/NAME.SECTION.md` or `docs/man/NAME.md` (section 1) become `dist/man/NAME.SECTION`, and
 * man is asked whether it can show each without a warning.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPresent } from './apt.mjs';
import { run } from './steps.mjs';

/**
 * @param {string} from folder of Markdown sources
 * @param {string} to folder of the pages
 * @returns {Promise<string[]>} one line for each problem
 */
export async function buildManPages(from, to) {
  const { toRoff } = await import('./roff.mjs');
  const sources = listSources(from);
  mkdirSync(to, { recursive: true });
  const problems = [];
  for (const name of sources) {
    const source = join(from, name);
    const markdown = readFileSync(source, 'utf8');
    problems.push(...checkSource(source, markdown));
    const page = join(to, pageName(name));
    writeFileSync(page, toRoff(markdown));
    problems.push(...(await checkPage(source, page)));
  }
  console.log(`    ${sources.length} manual pages in ${to}`);
  return problems;
}

function listSources(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** `rootseal-commit.1.md` and `rootseal-commit.md` are both `rootseal-commit.1`. */
export function pageName(source) {
  const name = source.replace(/\.md$/, '');
  return /\.[1-8]$/.test(name) ? name : `${name}.1`;
}

/** What a page must have, whatever man thinks of it. */
export function checkSource(source, markdown) {
  const problems = [];
  if (!/^# [\w.-]+\([1-8]\) (-|--|—) \S/.test(markdown)) {
    problems.push(`${source}: the first line is not "# name(section) - short description"`);
  }
  const begins = markdown.match(/^<!-- BEGIN GENERATED OPTIONS -->$/gm)?.length ?? 0;
  const ends = markdown.match(/^<!-- END GENERATED OPTIONS -->$/gm)?.length ?? 0;
  if (begins !== ends || begins > 1) problems.push(`${source}: unbalanced GENERATED OPTIONS marks`);
  if (/^\|.*\|$/m.test(markdown))
    problems.push(`${source}: has a table, which roff pages cannot show`);
  return problems;
}

async function checkPage(source, page) {
  if (!isPresent({ present: 'man' }) || !isPresent({ present: 'groff' })) return [];
  const { status, output } = await run('man', ['--warnings', '-E', 'UTF-8', '-l', page], {
    capture: true,
    env: { MANWIDTH: '80', MANROFFOPT: '', LC_ALL: 'C.UTF-8', MAN_KEEP_STDERR: '1' },
  });
  const warnings = output
    .split('\n')
    .filter((line) => /^(man|groff|troff|grotty|<standard input>)[:<]/.test(line));
  if (status !== 0) warnings.push(`man exits with status ${status}`);
  return warnings.map((warning) => `${source}: ${warning}`);
}
