/** EFI_TIME (UEFI 2.10 section 8.3) as authenticated variables have it: to the second, in UTC, all else 0. */

export const EFI_TIME_SIZE = 16;

/** @param seconds since 1970, before the year 10000 */
export function encodeEfiTime(seconds: number): Buffer {
  const date = new Date(seconds * 1000);
  const bytes = Buffer.alloc(EFI_TIME_SIZE);
  bytes.writeUInt16LE(date.getUTCFullYear(), 0);
  bytes.writeUInt8(date.getUTCMonth() + 1, 2);
  bytes.writeUInt8(date.getUTCDate(), 3);
  bytes.writeUInt8(date.getUTCHours(), 4);
  bytes.writeUInt8(date.getUTCMinutes(), 5);
  bytes.writeUInt8(date.getUTCSeconds(), 6);
  return bytes;
}

/** Seconds since 1970; undefined when it is no time, or has what UEFI 2.10 section 8.2.2 wants to be 0. */
export function decodeEfiTime(bytes: Buffer): number | undefined {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(2, 7);
  const seconds = Date.UTC(bytes.readUInt16LE(0), month - 1, day, hour, minute, second) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return encodeEfiTime(seconds).equals(bytes.subarray(0, EFI_TIME_SIZE)) ? seconds : undefined;
}
