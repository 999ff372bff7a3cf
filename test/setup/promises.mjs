/** Checks that the tests which the threat model names are there, in the files that it names with them. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A test's name stands in emphasis; `…` in it stands for what the test fills in. It is looked for in the files, folders and patterns
 * below `test/` that its item of a list names; in all when there is none.
 *
 * @param {string} document
 * @param {string} tests the folder of all tests
 * @returns {string[]} one line for each test that nobody wrote, and for each file that is not there
 */
export function checkPromises(document, tests) {
  const sources = new Map();
  const sourceOf = (file) => {
    if (!sources.has(file)) sources.set(file, readSource(file));
    return sources.get(file);
  };
  return readFileSync(document, 'utf8')
    .split(/\n(?=- |\n|\|)/)
    .flatMap((item) => {
      const named = [...item.matchAll(/`test\/([^`\s]+)`/g)].map(([, name]) => name);
      const found = named.map((name) => filesOf(join(tests, name)));
      const lost = named.filter((_, index) => found[index].length === 0);
      const files = named.length === 0 ? filesOf(tests) : found.flat();
      return [
        ...lost.map((name) => `${document}: there is no test/${name}`),
        ...namesIn(item)
          .filter((name) => !files.some((file) => isNamed(sourceOf(file), name)))
          .map(
            (name) =>
              `${document}: there is no test "${name}"${named.length === 0 ? '' : ` in ${named.join(', ')}`}`,
          ),
      ];
    });
}

function namesIn(item) {
  const prose = item.replace(/`[^`\n]*`/g, '').replace(/\s+/g, ' ');
  return [...prose.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, name]) => name);
}

/** A file, all below a folder, or those that a `*` in the name of a file stands for. */
function filesOf(place) {
  const isTest = (name) => /\.(?:ts|mjs)$/.test(name);
  if (place.includes('*')) {
    const pattern = new RegExp(`^${basename(place).split('*').map(literally).join('.*')}$`);
    if (!existsSync(dirname(place))) return [];
    return readdirSync(dirname(place))
      .filter((name) => pattern.test(name))
      .map((name) => join(dirname(place), name));
  }
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true })
    .filter(isTest)
    .map((name) => join(place, name));
}

/** Source of tests with each name in quotes, in which `…` stands for what is filled in. */
function readSource(file) {
  return readFileSync(file, 'utf8')
    .replace(/\$\{[^}]*\}/g, '…')
    .replaceAll("\\'", "'")
    .replace(/\s+/g, ' ');
}

const QUOTE = '[\'"`]';

/** The name itself in quotes, or a text in quotes that becomes it. */
function isNamed(source, name) {
  const itself = new RegExp(
    `${QUOTE}${name.split('…').map(literally).join('[^`]{1,200}?')}${QUOTE}`,
  );
  if (itself.test(source)) return true;
  const templates = [...source.matchAll(/`([^`]{0,300}…[^`]{0,300})`/g)].map(([, text]) => text);
  return templates.some((text) => isMostlyText(text) && pattern(text).test(name));
}

function isMostlyText(title) {
  return title.replaceAll('…', '').trim().length >= 10;
}

function pattern(text) {
  return new RegExp(`^${text.split('…').map(literally).join('.+')}$`);
}

function literally(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
