/** What the changelogs in a tree say about the Debian packages that were upgraded. */
import { gunzipSync } from 'node:zlib';
import { parseDebChangelog, type ChangelogEntry } from '../../formats/packages/deb-changelog.js';
import { compareDebVersions } from '../../formats/packages/deb-version.js';
import type { PackageUpdate } from '../../formats/packages/compare-packages.js';
import type { Package } from '../../formats/packages/package.js';
import { isNodeError } from '../../util/errors.js';
import type { ContentFiles } from './content-files.js';

/** Longest changelog that is read, compressed and not, in bytes; the longest of Debian have some 5 MB. */
const COMPRESSED_MAX = 4 * 1024 * 1024;
const TEXT_MAX = 32 * 1024 * 1024;

/**
 * Most that is read of all changelogs, uncompressed, in bytes, and most entries and lines that are kept: thousands of packages may lead to one
 * file. A whole new release of Debian needs a tenth of it.
 */
export const ALL_TEXT_MAX = 512 * 1024 * 1024;
export const ALL_LINES_MAX = 200_000;

/**
 * Of each update that a changelog tells of, as long as there is room for it.
 * @param files of the tree with the upgraded packages
 */
export async function changelogsOf(
  files: ContentFiles,
  updates: readonly PackageUpdate[],
): Promise<ReadonlyMap<PackageUpdate, readonly ChangelogEntry[]>> {
  const found = new Map<PackageUpdate, readonly ChangelogEntry[]>();
  const left = { bytes: ALL_TEXT_MAX, lines: ALL_LINES_MAX };
  for (const update of updates) {
    if (left.bytes <= 0 || left.lines <= 0) break;
    const { entries, bytes } = await changelogOf(files, update);
    left.bytes -= bytes;
    left.lines -= entries.reduce((sum, { lines }) => sum + 1 + lines.length, 0);
    if (entries.length > 0) found.set(update, entries);
  }
  return found;
}

interface ReadEntries {
  readonly entries: readonly ChangelogEntry[];
  /** That were read. */
  readonly bytes: number;
}

/**
 * The entries after the version of before up to the version of now, the newest first. Images leave changelogs out often: none give none, and so do
 * those that are too long or damaged, because nothing hangs on them.
 */
async function changelogOf(
  files: ContentFiles,
  { before, after }: PackageUpdate,
): Promise<ReadEntries> {
  if (after.manager !== 'dpkg') return { entries: [], bytes: 0 };
  // A rebuilt package (1.0-1+b1) has a changelog of its own beside; this is that of its source.
  const from = before.source?.version ?? before.version;
  const bytes = await readChangelog(files, after);
  if (bytes === undefined) return { entries: [], bytes: 0 };
  const entries = parseDebChangelog(bytes, (version) => compareDebVersions(version, from) <= 0);
  return { entries, bytes: bytes.length };
}

async function readChangelog(files: ContentFiles, { name }: Package): Promise<Buffer | undefined> {
  // Debian's own packages have no version of somebody else, and only the second.
  if (name.includes('/')) return undefined;
  for (const file of ['changelog.Debian.gz', 'changelog.gz']) {
    const path = `/usr/share/doc/${name}/${file}`;
    const found = files.resolve(path);
    if (found?.kind !== 'file' || found.size > COMPRESSED_MAX) continue;
    const text = unzip(await files.read(path, COMPRESSED_MAX));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Undefined for what is damaged or longer than `TEXT_MAX`. */
function unzip(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: TEXT_MAX });
  } catch (error) {
    if (isNodeError(error) || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
