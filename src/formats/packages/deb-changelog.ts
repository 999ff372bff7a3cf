/** Changelogs of Debian packages (deb-changelog(5)): what each version of a source package changed, the newest first. */
import { toDisplay, fromBytes } from '../../util/bytes.js';
import { PACKAGE_TEXT_MAX } from './package.js';

/** What the changelog says of one version. */
export interface ChangelogEntry {
  /** Of the source package. */
  readonly version: string;
  /** What was changed: lines without spaces at their ends, without empty ones first and last. */
  readonly lines: readonly string[];
}

/** Most entries that are taken, and most lines of all of them: what is longer is a history and no change. */
export const ENTRIES_MAX = 50;
export const LINES_MAX = 500;

/** `NAME (VERSION) DISTRIBUTIONS; KEY=VALUE, …` */
const HEADING = /^[A-Za-z0-9][A-Za-z0-9+.-]* \(([^()\s]+)\)(?: [A-Za-z0-9.+-]+)+;/;

/**
 * The entries from the first one to the one before what `isKnown` knows. Lines that are no part of an entry are passed over: old
 * changelogs have many forms, and what a package's says is never needed.
 *
 * @param isKnown whether a version is the one to stop at, or older
 */
export function parseDebChangelog(
  bytes: Uint8Array,
  isKnown: (version: string) => boolean,
): ChangelogEntry[] {
  const entries: { version: string; lines: string[] }[] = [];
  let left = LINES_MAX;
  for (const raw of linesOf(bytes)) {
    const version = HEADING.exec(raw)?.[1];
    if (version !== undefined) {
      if (isKnown(version) || entries.length >= ENTRIES_MAX) break;
      if (version.length > PACKAGE_TEXT_MAX) break;
      entries.push({ version, lines: [] });
      continue;
    }
    const entry = entries.at(-1);
    // An entry's own lines are indented by two; the trailer begins with ` -- `.
    if (entry === undefined || !raw.startsWith('  ')) continue;
    const line = toDisplay(fromBytes(Buffer.from(raw.trimEnd(), 'latin1')));
    if (line === '' && entry.lines.length === 0) continue;
    if (left-- <= 0) break;
    entry.lines.push(line);
  }
  return entries;
}

/** One unit of a line is one byte. */
function* linesOf(bytes: Uint8Array): Generator<string, void, undefined> {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    yield fromBytes(bytes.subarray(start, Math.min(end, start + LINE_MAX)));
    start = end + 1;
  }
}

/** What is kept of a line, in bytes. */
const LINE_MAX = 1000;
