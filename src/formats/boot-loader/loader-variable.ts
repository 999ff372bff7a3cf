/**
 * Contents of EFI variables as efivarfs shows them (Linux 6.12 `Documentation/filesystems/efivarfs.rst`): four bytes of
 * attributes, then the value. Texts of the Boot Loader Interface are UTF-16, little-endian, with a final NUL.
 */

const ATTRIBUTES_SIZE = 4;
/** EFI_VARIABLE_BOOTSERVICE_ACCESS and EFI_VARIABLE_RUNTIME_ACCESS, and not EFI_VARIABLE_NON_VOLATILE (UEFI 2.10 section 8.2). */
const OF_THIS_BOOT = 0x6;
/** Longest value that is looked at, in bytes. */
export const VARIABLE_SIZE_MAX = 1 << 16;

/**
 * Whether firmware or boot loader made the variable at this boot. What a running system makes is non-volatile: it stays, and keeps the
 * boot loader from making its own of that name.
 */
export function isOfThisBoot(file: Uint8Array): boolean {
  return file.length > ATTRIBUTES_SIZE && Buffer.from(file).readUInt32LE(0) === OF_THIS_BOOT;
}

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
