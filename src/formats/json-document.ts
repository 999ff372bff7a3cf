/** JSON that programs of this project write for themselves: bounded, UTF-8, one document a file. */
import { describeError, FormatError } from '../util/errors.js';

/**
 * @param limit longest document, in bytes
 * @throws {FormatError} of `format`
 */
export function parseJsonDocument(format: string, bytes: Uint8Array, limit: number): unknown {
  if (bytes.length > limit) throw new FormatError(format, `more than ${limit} bytes`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new FormatError(format, describeError(error), {}, undefined);
  }
}
