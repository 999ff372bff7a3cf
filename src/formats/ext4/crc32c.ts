/** CRC-32C (RFC 3720 appendix B.4) as ext4 uses it: a running value, without the final inversion. */

const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * POLYNOMIAL);
  return value >>> 0;
});

/** Continues `value` over `bytes`. ext4 starts at `0xffffffff`. */
export function crc32c(value: number, bytes: Uint8Array): number {
  let crc = value;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return crc >>> 0;
}
