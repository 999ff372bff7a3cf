/** SBAT: which versions of what a program for EFI is made of, for revocation by shim (shim 15.8 SBAT.md). */
import { FormatError } from '../../util/errors.js';

const FIRST_LINE = 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md';

/** What a unified kernel image says of itself, as ukify says it when nobody gives other words (systemd 257.13). */
export const UKI_SBAT = `${FIRST_LINE}
uki,1,UKI,uki,1,https://uapi-group.org/specifications/specs/unified_kernel_image/
`;

/** Longest text, in bytes: a stub has room for 512. */
const SBAT_MAX = 4096;

/**
 * One text of several, as ukify makes it: a first line, then the lines of each, and a NUL.
 * @param texts contents of sections, with or without NULs behind them
 * @throws {FormatError} when one is not an SBAT
 */
export function mergeSbat(texts: readonly Uint8Array[]): Buffer {
  const lines = texts.flatMap((text) => entriesOf(text));
  return Buffer.from(`${[FIRST_LINE, ...lines].join('\n')}\n\0`, 'latin1');
}

function entriesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  const [first, ...entries] = text.replace(/\n$/, '').split('\n');
  const isGood =
    bytes.length <= SBAT_MAX &&
    first?.startsWith('sbat,') === true &&
    entries.every((line) => /^[\x20-\x7e]+$/.test(line));
  if (isGood) return entries;
  throw new FormatError(
    'SBAT',
    'expected lines of printable ASCII, the first one beginning "sbat,"',
    {
      field: '.sbat',
    },
  );
}
