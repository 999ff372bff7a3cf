/** Small files that a person or a host's configuration names: keys, policies, notes. Errors name the file. */
import { readSmallFile } from '../repo/durable.js';
import { FormatError, hasErrno, RootsealError } from '../util/errors.js';

/**
 * At most `limit` + 1 bytes of a file: one more than allowed shows that it is too long.
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such file, USAGE when it is a directory
 */
export function readNamedFile(file: string, limit: number): Buffer {
  let bytes: Buffer | undefined;
  try {
    bytes = readSmallFile(file, limit);
  } catch (error) {
    throw hasErrno(error, 'EISDIR')
      ? new RootsealError('USAGE', `${file} is a directory`, { details: { path: file } })
      : error;
  }
  if (bytes !== undefined) return bytes;
  throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, { details: { path: file } });
}

/** Calls `parse` and puts the name of the file before what is wrong with its format. */
export function parseNamedFile<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RootsealError('FORMAT_INVALID', file, { cause, details: { path: file } });
  }
}
