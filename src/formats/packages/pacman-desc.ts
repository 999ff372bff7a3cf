/** pacman's local database: a file `desc` for each package (pacman 7.0), blocks of a line `%FIELD%` and lines of values. */
import { FormatError } from '../../util/errors.js';
import { packageText, type Package } from './package.js';
import { linesOf } from './stanzas.js';

const FORMAT = 'pacman desc';

/** Longest `desc`, in bytes; dependencies make it some kilobytes. */
export const PACMAN_DESC_MAX = 1024 * 1024;

const FIELDS = new Set(['NAME', 'VERSION', 'ARCH', 'BASE']);

/** @throws {FormatError} when the file is not what pacman writes, or longer than `PACMAN_DESC_MAX` */
export function parsePacmanDesc(bytes: Uint8Array): Package {
  if (bytes.length > PACMAN_DESC_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${PACMAN_DESC_MAX}`);
  const values = new Map<string, string>();
  let field: string | undefined;
  for (const { number, text } of linesOf(bytes, FORMAT)) {
    const heading = /^%([A-Z0-9]+)%$/.exec(text);
    if (heading?.[1] !== undefined && field === undefined) {
      field = heading[1];
    } else if (text === '') {
      field = undefined;
    } else if (field === undefined) {
      throw new FormatError(FORMAT, 'expected `%FIELD%`', { line: number });
    } else if (FIELDS.has(field)) {
      if (values.has(field))
        throw new FormatError(FORMAT, 'the field has two values', { line: number, field });
      values.set(field, packageText(text, FORMAT, { line: number, field }));
    }
  }
  return packageOf(values);
}

function packageOf(values: ReadonlyMap<string, string>): Package {
  const required = (field: string): string => {
    const value = values.get(field);
    if (value === undefined) throw new FormatError(FORMAT, 'the field is missing', { field });
    return value;
  };
  const version = required('VERSION');
  return {
    manager: 'pacman',
    name: required('NAME'),
    version,
    architecture: values.get('ARCH') ?? 'any',
    source: { name: values.get('BASE') ?? required('NAME'), version },
  };
}
