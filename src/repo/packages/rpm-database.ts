/**
 * rpm's database of a tree, read by the program `rpm`, which gets a copy of it. rpm reads a hostile database with its own code; what
 * it prints is taken for the text of a stranger.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Package } from '../../formats/packages/package.js';
import { parseRpmQuery, RPM_QUERY_FORMAT } from '../../formats/packages/rpm-query.js';
import { run } from '../../linux/exec.js';
import { RootsealError } from '../../util/errors.js';
import { standsFor } from '../../util/temporary-names.js';
import type { ContentFiles } from './content-files.js';

/** Where Fedora (since 36), image-based systems with OSTree, and older systems have it. */
const DIRECTORIES = ['/usr/lib/sysimage/rpm', '/usr/share/rpm', '/var/lib/rpm'];

/** Kinds of database, as rpm 4.16 and later call them: the file that makes it one, and those that it may have beside. */
const KINDS = [
  { backend: 'sqlite', file: 'rpmdb.sqlite', beside: ['rpmdb.sqlite-wal'] },
  { backend: 'ndb', file: 'Packages.db', beside: ['Index.db'] },
] as const;

/** Longest file of a database, in bytes; that of a desktop has some 150 MB. */
const DATABASE_MAX = 512 * 1024 * 1024;
/** A hostile database may make rpm run in circles. */
const TIMEOUT_MS = 120_000;

/**
 * @returns undefined when the tree has no such database
 * @throws {FormatError} when rpm prints what was not asked for
 * @throws {RootsealError} UNSUPPORTED when the program rpm is not installed, or cannot read this kind; FORMAT_INVALID when it cannot read the database
 */
export async function readRpmPackages(
  files: ContentFiles,
  signal?: AbortSignal,
): Promise<Package[] | undefined> {
  for (const directory of DIRECTORIES) {
    for (const kind of KINDS) {
      if (files.resolve(`${directory}/${kind.file}`)?.kind !== 'file') continue;
      return withCopy(files, directory, [kind.file, ...kind.beside], (copy) =>
        query(copy, kind.backend, signal),
      );
    }
  }
  return undefined;
}

async function withCopy<T>(
  files: ContentFiles,
  directory: string,
  names: readonly string[],
  action: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = standsFor(fs.mkdtempSync(path.join(tmpdir(), 'rootseal-rpm-')), directory);
  try {
    for (const name of names) {
      const file = `${directory}/${name}`;
      if (files.resolve(file)?.kind !== 'file') continue;
      fs.writeFileSync(path.join(copy, name), await files.read(file, DATABASE_MAX));
    }
    return await action(copy);
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

async function query(
  copy: string,
  backend: string,
  signal: AbortSignal | undefined,
): Promise<Package[]> {
  const options = ['--dbpath', copy, '--define', `_db_backend ${backend}`];
  const format = ['--nosignature', '--nodigest', '--queryformat', RPM_QUERY_FORMAT];
  const limits = { timeoutMs: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  try {
    const words = [...options, '--query', '--all', ...format];
    const { stdout, stderr } = await run('rpm', words, limits);
    // Debian 12's rpm knows no ndb, and tells of an empty database then.
    if (/invalid %_db_backend|dummy database/.test(stderr))
      throw new RootsealError(
        'UNSUPPORTED',
        `rpm of this machine reads no databases of ${backend}`,
      );
    return parseRpmQuery(stdout);
  } catch (error) {
    if (!(error instanceof RootsealError) || error.code !== 'FAILED') throw error;
    throw new RootsealError('FORMAT_INVALID', `rpm cannot read the database in ${copy}`, {
      cause: error,
    });
  }
}
