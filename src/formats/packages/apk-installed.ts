/** apk's database of installed packages: `lib/apk/db/installed` (apk-tools 2.14 and 3.0), paragraphs of lines `X:value`. */
import { FormatError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { packageText, requirePackageCount, type Package } from './package.js';
import { linesOf } from './stanzas.js';

const FORMAT = 'apk installed';

/** Longest database, in bytes; it names each file of each package. */
export const APK_INSTALLED_MAX = 256 * 1024 * 1024;

/** Lines that are read without a pause. */
const LINES_IN_STEP = 1024;

/** Letters that are read: name, version, architecture, origin (the name of the source). */
const LETTERS = 'PVAo';

/**
 * The installed packages, in the order of the file; a pause may be made after each thousand lines.
 * @throws {FormatError} when the file is not what apk writes, or longer than `APK_INSTALLED_MAX`
 */
export function* parseApkInstalled(bytes: Uint8Array): Steps<Package[]> {
  if (bytes.length > APK_INSTALLED_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${APK_INSTALLED_MAX}`);
  const packages: Package[] = [];
  let values = new Map<string, string>();
  let begin = 0;
  const finish = (): void => {
    if (begin > 0) packages.push(packageOf(values, begin));
    requirePackageCount(packages.length, FORMAT);
    values = new Map();
    begin = 0;
  };
  for (const { number, text } of linesOf(bytes, FORMAT)) {
    if (number % LINES_IN_STEP === 0) yield;
    if (text === '') {
      finish();
      continue;
    }
    if (begin === 0) begin = number;
    if (!/^[A-Za-z]:/.test(text))
      throw new FormatError(FORMAT, 'expected a letter and a colon', { line: number });
    const field = text.charAt(0);
    if (!LETTERS.includes(field)) continue;
    if (values.has(field))
      throw new FormatError(FORMAT, 'the field is there twice', { line: number, field });
    values.set(field, packageText(text.slice(2), FORMAT, { line: number, field }));
  }
  finish();
  return packages;
}

function packageOf(values: ReadonlyMap<string, string>, line: number): Package {
  const required = (field: string): string => {
    const value = values.get(field);
    if (value === undefined) throw new FormatError(FORMAT, 'the field is missing', { line, field });
    return value;
  };
  const origin = values.get('o');
  return {
    manager: 'apk',
    name: required('P'),
    version: required('V'),
    // apk add --virtual makes packages without one.
    architecture: values.get('A') ?? 'noarch',
    ...(origin === undefined ? {} : { source: { name: origin, version: required('V') } }),
  };
}
