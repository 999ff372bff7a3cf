/** EFI_GUID (UEFI 2.10, appendix A): the first three groups of the text stand in little-endian order. */

/** Bytes of a GUID. */
export const GUID_SIZE = 16;

/** A GUID as `8be4df61-93ca-11d2-aa0d-00e098032b8c`, lower case. */
export type Guid = string;

/** Owners and kinds by the names of UEFI 2.10, and shim's own (shim 15.8, lib/guid.c). */
export const GUID = {
  EFI_GLOBAL_VARIABLE: '8be4df61-93ca-11d2-aa0d-00e098032b8c',
  EFI_IMAGE_SECURITY_DATABASE: 'd719b2cb-3d3a-4596-a3bc-dad00e67656f',
  EFI_CERT_TYPE_PKCS7: '4aafd29d-68df-49ee-8aa9-347d375665a7',
  EFI_CERT_X509: 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072',
  EFI_CERT_SHA1: '826ca512-cf10-4ac9-b187-be01496631bd',
  EFI_CERT_SHA256: 'c1c41626-504c-4092-aca9-41f936934328',
  EFI_CERT_SHA384: 'ff3e5307-9fd0-48c9-85f1-8ad56c701e01',
  EFI_CERT_SHA512: '093e0fae-a6c4-4f50-9f1b-d41e2b89c19a',
  EFI_CERT_X509_SHA256: '3bd2a492-96c0-4079-b420-fcf98ef103ed',
  EFI_CERT_X509_SHA384: '7076876e-80c2-4ee6-aad2-28b349a6865b',
  EFI_CERT_X509_SHA512: '446dbf63-2502-4cda-bcfa-2465d2b0fe9d',
  SHIM_LOCK: '605dab50-e046-4300-abb6-3dd810dd8b23',
} as const;

/** Whether `text` is a GUID in either case. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** @param guid which `isGuid` accepts */
export function encodeGuid(guid: Guid): Buffer {
  return swapGroups(Buffer.from(guid.replaceAll('-', ''), 'hex'));
}

/** The GUID at an offset; the caller has checked that 16 bytes are there. */
export function decodeGuid(bytes: Uint8Array, offset = 0): Guid {
  const hex = swapGroups(Buffer.from(bytes.subarray(offset, offset + GUID_SIZE))).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function swapGroups(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 8).swap16();
  return bytes;
}
