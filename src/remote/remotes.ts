/** Remotes of a repository: `remotes.d/<name>.toml` (docs/formats/repository.md, "Remotes"). TOML 1.0. */
import fs from 'node:fs';
import { stringify } from 'smol-toml';
import { parseNamedFile } from '../release/named-file.js';
import { readSmallFile, removeFileDurable, writeFileDurable } from '../repo/durable.js';
import { refNameProblem, TMP_DIR } from '../repo/layout.js';
import { deleteRef, listRefs } from '../repo/refs.js';
import type { Repository } from '../repo/repository.js';
import { parseTomlTable } from '../formats/toml-table.js';
import { FormatError, hasErrno, RootsealError } from '../util/errors.js';
import { locationProblem } from './location.js';

/** Where commits come from, and whom one has to trust for them. */
export interface Remote {
  readonly name: string;
  /** `http://`, `https://` or `file://` and a path, or an absolute path. */
  readonly url: string;
  /** Directory of verifier keys in place of the host's. */
  readonly keys?: string;
  /** Policy file in place of the host's. */
  readonly policy?: string;
}

const REMOTES_DIR = 'remotes.d';
const FILE_SIZE_MAX = 1 << 16;
const FORMAT = 'remote';
const FIELDS = ['url', 'keys', 'policy'] as const;

/** @throws {RootsealError} USAGE when there is one of this name already, or a field is not valid */
export function addRemote(repository: Repository, remote: Remote): void {
  repository.requireWritable();
  const problem = remoteProblem(remote);
  if (problem !== undefined) throw new RootsealError('USAGE', `remote ${remote.name}: ${problem}`);
  const file = fileOf(repository, remote.name);
  if (fs.existsSync(file))
    throw new RootsealError('USAGE', `there is a remote ${remote.name} already`, {
      hint: '`rootseal remote remove` removes it',
    });
  const { url, keys, policy } = remote;
  const fields = { url, ...(keys && { keys }), ...(policy && { policy }) };
  writeFileDurable(repository.file(TMP_DIR), file, `${stringify(fields)}\n`);
}

/**
 * Removes the remote, malformed or not, and the refs that were pulled from it. What they named stays until `gc`.
 * @throws {RootsealError} PATH_NOT_FOUND when there is none of this name
 */
export async function removeRemote(repository: Repository, name: string): Promise<void> {
  repository.requireWritable();
  readRemoteFile(repository, name);
  const { refs } = listRefs(repository);
  for (const ref of refs)
    if (ref.kind === 'remote' && ref.name.startsWith(`${name}/`))
      await deleteRef(repository, 'remote', ref.name);
  removeFileDurable(fileOf(repository, name));
}

/** Names of all remotes, in byte order. */
export function listRemotes(repository: Repository): string[] {
  try {
    return fs
      .readdirSync(repository.file(REMOTES_DIR))
      .filter((file) => file.endsWith('.toml'))
      .map((file) => file.slice(0, -'.toml'.length))
      .filter((name) => nameProblem(name) === undefined)
      .sort();
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * @throws {RootsealError} PATH_NOT_FOUND when there is none of this name
 * @throws {RootsealError} FORMAT_INVALID, naming the file, when it is malformed
 */
export function readRemote(repository: Repository, name: string): Remote {
  const bytes = readRemoteFile(repository, name);
  return parseNamedFile(fileOf(repository, name), () => parseRemote(name, bytes));
}

function readRemoteFile(repository: Repository, name: string): Buffer {
  const bad = nameProblem(name);
  if (bad !== undefined) throw new RootsealError('USAGE', `remote ${JSON.stringify(name)}: ${bad}`);
  const bytes = readSmallFile(fileOf(repository, name), FILE_SIZE_MAX);
  if (bytes === undefined)
    throw new RootsealError('PATH_NOT_FOUND', `there is no remote ${name}`, {
      hint: '`rootseal remote add` makes one',
    });
  return bytes;
}

/** @throws {FormatError} naming the field */
export function parseRemote(name: string, bytes: Uint8Array): Remote {
  const table = parseTomlTable(bytes, { format: FORMAT, limit: FILE_SIZE_MAX });
  for (const [field, value] of Object.entries(table)) {
    if (!FIELDS.some((known) => known === field))
      throw new FormatError(FORMAT, `the fields are ${FIELDS.join(', ')}`, { field });
    if (typeof value !== 'string') throw new FormatError(FORMAT, 'expected a string', { field });
  }
  if (typeof table['url'] !== 'string')
    throw new FormatError(FORMAT, 'the field is missing', { field: 'url' });
  const remote = { name, ...table } as unknown as Remote;
  const problem = remoteProblem(remote);
  if (problem !== undefined) throw new FormatError(FORMAT, problem);
  return remote;
}

function remoteProblem({ name, url, keys, policy }: Remote): string | undefined {
  const named = nameProblem(name) ?? locationProblem(url);
  if (named !== undefined) return named;
  const relative = [keys, policy].find((path) => path !== undefined && !path.startsWith('/'));
  return relative === undefined ? undefined : `${relative} is not an absolute path`;
}

function nameProblem(name: string): string | undefined {
  return name.includes('/') ? 'a name has no slash' : refNameProblem(name);
}

function fileOf(repository: Repository, name: string): string {
  return repository.file(`${REMOTES_DIR}/${name}.toml`);
}
