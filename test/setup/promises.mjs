/** Checks that the tests which the threat model names are there. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A test's name stands in emphasis; `…` in it stands for what the test fills in.
 *
 * @returns {string[]} one line for each test that nobody wrote
 */
export function checkPromises(document, tests) {
  const prose = readFileSync(document, 'utf8')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\s+/g, ' ');
  const source = readdirSync(tests, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(tests, name), 'utf8'))
    .join('\n')
    .replaceAll("\\'", "'");
  const names = [...prose.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, name]) => name);
  return names
    .filter((name) => !name.split('…').every((part) => source.includes(part.trim())))
    .map((name) => `${document}: there is no test "${name}"`);
}
