/** What packaging/debian/changelog says about the packages that are made: version and date (deb-changelog(5)). */
import { readFileSync } from 'node:fs';

const TOP =
  /^rootseal \((?<version>[0-9][^)]*)\) [^\n]*\n.*?\n -- [^<\n]*<[^>\n]*> {2}(?<date>[^\n]+)\n/s;

/**
 * @returns {{ version: string, upstream: string, epoch: number }} `version` with Debian's revision, `upstream` without it;
 *   `epoch` is the date of the entry in seconds since 1970
 */
export function readChangelog(file) {
  const found = TOP.exec(readFileSync(file, 'utf8'));
  if (found === null) throw new Error(`${file}: the first entry is not one of rootseal`);
  const { version, date } = found.groups;
  const epoch = Date.parse(date) / 1000;
  if (!Number.isInteger(epoch)) throw new Error(`${file}: no date: ${date}`);
  return { version, upstream: version.replace(/-[^-]*$/, ''), epoch };
}
