/**
 * Contents of EFI variables as efivarfs shows them (Linux 6.12 `Documentation/filesystems/efivarfs.rst`): four bytes of
 * attributes, then the value. Texts of the Boot Loader Interface are UTF-16, little-endian, with a final NUL.
 */

const ATTRIBUTES_SIZE = 4;
/** Longest value that is looked at, in bytes. */
export const VARIABLE_SIZE_MAX = 1 << 16;

/** The text of a variable's file up to its NUL; undefined when it has none, as the file of a variable that is being made. */
export function decodeTextVariable(file: Uint8Array): string | undefined {
  const value = valueOf(file);
  if (value === undefined || value.length % 2 !== 0) return undefined;
  return Buffer.from(value).toString('utf16le').split('\0', 1)[0];
}

/** A switch, like `SecureBoot` (UEFI 2.10 section 3.3): one byte. */
export function decodeFlagVariable(file: Uint8Array): boolean | undefined {
  const value = valueOf(file);
  return value?.length === 1 ? value[0] !== 0 : undefined;
}

function valueOf(file: Uint8Array): Uint8Array | undefined {
  const isUsable = file.length > ATTRIBUTES_SIZE && file.length <= VARIABLE_SIZE_MAX;
  return isUsable ? file.subarray(ATTRIBUTES_SIZE) : undefined;
}
