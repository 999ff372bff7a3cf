/** The file `copyright` of a package: what people wrote about our own files, and the licences of the npm packages in the bundle. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(?:licen[cs]e|copying)(?:[-.]|$)/i;
/** Lines that say who, as opposed to what may be done. */
const HOLDER = /^\W*(?:copyright\b(?! holders?\b| owner\b| notice\b|.*[,;]$)|\(c\)|©)/i;
/** Debian has the text on every system. */
const COMMON = new Map([
  ['Apache-2.0', 'The text is in /usr/share/common-licenses/Apache-2.0 on Debian systems.'],
]);
const RULE = '-'.repeat(79);

/**
 * @param {string} own what people wrote
 * @param {readonly string[]} folders those of the bundled npm packages
 * @param {ReadonlyMap<string, string>} common where the text of a licence is that need not be repeated
 */
export function copyrightFile(own, folders, common = COMMON) {
  const groups = new Map();
  for (const licence of withMissingTexts(folders.map((folder) => readLicence(folder, common)))) {
    const key = licence.text.replaceAll(/\W+/g, ' ').toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), licence]);
  }
  return `${[own.trimEnd(), ...[...groups.values()].map(section)].join(`\n\n${RULE}\n\n`)}\n`;
}

/** All packages with the same text. */
function section(licences) {
  const [{ license, text }] = licences;
  const packages = licences.map(({ title, holders }) => `  ${title}\n${holders}`);
  return `npm packages, bundled: ${license}\n\n${packages.join('\n')}\n\n${text}`;
}

function readLicence(folder, common) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(folder).find((one) => LICENCE_FILE.test(one));
  const lines = file === undefined ? [] : readFileSync(join(folder, file), 'utf8').split(/\r?\n/);
  const holders = lines.filter((line) => HOLDER.test(line)).map((line) => line.trim());
  if (holders.length === 0) holders.push(`Copyright ${authorOf(author, name)}`);
  const rest = lines.filter((line) => !HOLDER.test(line)).map((line) => line.trimEnd());
  return {
    title: `${name} ${version}`,
    license,
    holders: holders.map((line) => `    ${line}`).join('\n'),
    text:
      common.get(license) ??
      rest
        .join('\n')
        .replaceAll(/\n{3,}/g, '\n\n')
        .trim(),
  };
}

/** Some packages only name their licence. The text is that of another package with the same one. */
function withMissingTexts(licences) {
  return licences.map((licence) => {
    if (licence.text !== '') return licence;
    const other = licences.find(({ license, text }) => license === licence.license && text !== '');
    if (other === undefined)
      throw new Error(`${licence.title}: no text of its licence (${licence.license})`);
    return { ...licence, text: other.text };
  });
}

function authorOf(author, name) {
  if (author === undefined) return `the authors of ${name}`;
  return typeof author === 'string' ? author : author.name;
}
