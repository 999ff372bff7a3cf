/** TOML documents, read with a bound. */
import { parse, TomlError } from 'smol-toml';
import { FormatError } from '../util/errors.js';

/**
 * The top table of a TOML 1.0 document.
 * @param format what the document is, for errors
 * @param limit bytes
 * @throws {FormatError} with line and column; when it is larger, or not UTF-8
 */
export function parseTomlTable(
  bytes: Uint8Array,
  { format, limit }: { readonly format: string; readonly limit: number },
): Record<string, unknown> {
  if (bytes.length > limit) throw new FormatError(format, `more than ${limit} bytes`);
  try {
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TomlError) {
      const { line, column } = error;
      throw new FormatError(format, error.message.split('\n')[0] ?? 'no TOML', { line, column });
    }
    if (error instanceof TypeError) throw new FormatError(format, 'not UTF-8');
    throw error;
  }
}
