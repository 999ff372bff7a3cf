/** What a stream is that was taken for a tar archive and is none, by its first bytes. */

/** Magic numbers in hexadecimal, and what begins with them. */
const MAGICS: readonly (readonly [magic: string, what: string])[] = [
  [hex('BZh'), 'bzip2'],
  ['1f9d', 'compress'],
  ['1fa0', 'compress'],
  ['1f8b', 'gzip'],
  ['04224d18', 'lz4'],
  ['02214c18', 'lz4'],
  [hex('LZIP'), 'lzip'],
  ['894c5a4f', 'lzop'],
  ['5d0000', 'lzma'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  [hex('PK\x03\x04'), 'a zip archive'],
  [hex('PK\x05\x06'), 'a zip archive'],
  ['377abcaf271c', 'a 7-Zip archive'],
  [hex('Rar!'), 'a RAR archive'],
  [hex('07070'), 'a cpio archive'],
  ['c771', 'a cpio archive'],
  ['71c7', 'a cpio archive'],
  [hex('!<arch>\n'), 'a Debian package or another ar archive'],
  ['edabeedb', 'an RPM package'],
  [hex('hsqs'), 'a squashfs image'],
  ['9a6278d0', 'a composefs image'],
  [hex('QFI\xfb'), 'a qcow2 image'],
  ['7f454c46', 'a program (ELF)'],
];
/** What is said of all of them. */
export const NOT_TAR = 'this is not a tar archive, or a compression that is not read';

const HTML = /^\s*<(?:!doctype html|html)/i;

/** One line about a first block that is not the header of an archive. */
export function describeForeign(head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const digits = bytes.toString('hex');
  const known = HTML.test(bytes.toString('latin1'))
    ? 'a page of HTML'
    : MAGICS.find(([magic]) => digits.startsWith(magic))?.[1];
  return known === undefined ? NOT_TAR : `${NOT_TAR}: it begins as ${known} does`;
}

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}
