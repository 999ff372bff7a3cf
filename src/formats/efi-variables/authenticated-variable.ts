/**
 * EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10 section 8.2.2): what sets PK, KEK, db or dbx, as files with the name `.auth` hold it. It is
 * signed by a key that the firmware knows already, or, for a first PK, by the key of that PK itself.
 */
import { FormatError } from '../../util/errors.js';
import { OID } from '../der/object-identifier.js';
import { encodeSignedData } from '../pkcs7/encode-signed-data.js';
import { parseSignedData, type SignedData } from '../pkcs7/signed-data.js';
import { signedContentBy } from '../pkcs7/verify-signed-data.js';
import type { Certificate } from '../x509/certificate.js';
import { decodeGuid, encodeGuid, GUID, GUID_SIZE } from './efi-guid.js';
import { decodeEfiTime, EFI_TIME_SIZE, encodeEfiTime } from './efi-time.js';
import { DATABASE_SIZE_MAX } from './signature-list.js';

const FORMAT = 'authenticated variable';

/** Attributes of variables (UEFI 2.10 section 8.2). */
export const ATTRIBUTE = {
  EFI_VARIABLE_NON_VOLATILE: 0x01,
  EFI_VARIABLE_BOOTSERVICE_ACCESS: 0x02,
  EFI_VARIABLE_RUNTIME_ACCESS: 0x04,
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS: 0x20,
  EFI_VARIABLE_APPEND_WRITE: 0x40,
} as const;

/** What PK, KEK, db and dbx have: all of the above but the last. */
export const DATABASE_ATTRIBUTES = 0x27;

/** The variables of Secure Boot, and whose they are. */
export const DATABASES = {
  PK: GUID.EFI_GLOBAL_VARIABLE,
  KEK: GUID.EFI_GLOBAL_VARIABLE,
  db: GUID.EFI_IMAGE_SECURITY_DATABASE,
  dbx: GUID.EFI_IMAGE_SECURITY_DATABASE,
} as const;

export type DatabaseName = keyof typeof DATABASES;

/** WIN_CERTIFICATE_UEFI_GUID (UEFI 2.10 section 32.2.4): dwLength, wRevision, wCertificateType, CertType */
const CERTIFICATE_HEADER_SIZE = 8 + GUID_SIZE;
const WIN_CERT_REVISION_2_0 = 0x0200;
const WIN_CERT_TYPE_EFI_GUID = 0x0ef1;

/** A value for a variable. */
export interface VariableUpdate {
  readonly name: DatabaseName;
  /** Seconds since 1970. Firmware refuses one that is not later than that of the variable, unless it appends. */
  readonly time: number;
  /** Whether the value is added to what the variable holds, rather than put in its place. */
  readonly append: boolean;
  /** Signature lists. */
  readonly value: Buffer;
}

/** The bytes that are to be signed by RSA PKCS#1 v1.5 with SHA-256. */
export function updateRequest({ name, time, append, value }: VariableUpdate): Buffer {
  const attributes = Buffer.alloc(4);
  attributes.writeUInt32LE(
    DATABASE_ATTRIBUTES | (append ? ATTRIBUTE.EFI_VARIABLE_APPEND_WRITE : 0),
  );
  return Buffer.concat([
    Buffer.from(name, 'utf16le'),
    encodeGuid(DATABASES[name]),
    attributes,
    encodeEfiTime(time),
    value,
  ]);
}

/**
 * The `.auth` file.
 * @param certificate of the key that signed
 * @param signature of `updateRequest(update)`
 */
export function encodeUpdate(
  update: VariableUpdate,
  certificate: Certificate,
  signature: Uint8Array,
): Buffer {
  const parts = { contentType: OID.data, content: undefined, attributes: undefined };
  const signedData = encodeSignedData({ ...parts, certificate, signature });
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CERTIFICATE_HEADER_SIZE + signedData.length, 0);
  header.writeUInt16LE(WIN_CERT_REVISION_2_0, 4);
  header.writeUInt16LE(WIN_CERT_TYPE_EFI_GUID, 6);
  return Buffer.concat([
    encodeEfiTime(update.time),
    header,
    encodeGuid(GUID.EFI_CERT_TYPE_PKCS7),
    signedData,
    update.value,
  ]);
}

/** What a `.auth` file holds. For which variable it is, only the signature says. */
export interface ParsedUpdate {
  /** Seconds since 1970. */
  readonly time: number;
  readonly signedData: SignedData;
  readonly value: Buffer;
}

/** @throws {FormatError} when the bytes are not an authenticated variable with a PKCS#7 signature */
export function parseUpdate(bytes: Uint8Array): ParsedUpdate {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length > 2 * DATABASE_SIZE_MAX || file.length < EFI_TIME_SIZE + CERTIFICATE_HEADER_SIZE)
    throw new FormatError(FORMAT, `${file.length} bytes`);
  const time = decodeEfiTime(file);
  if (time === undefined) throw new FormatError(FORMAT, 'its time is not one', { offset: 0 });
  const length = file.readUInt32LE(EFI_TIME_SIZE);
  const end = EFI_TIME_SIZE + length;
  const isPkcs7 =
    file.readUInt16LE(EFI_TIME_SIZE + 4) === WIN_CERT_REVISION_2_0 &&
    file.readUInt16LE(EFI_TIME_SIZE + 6) === WIN_CERT_TYPE_EFI_GUID &&
    decodeGuid(file, EFI_TIME_SIZE + 8) === GUID.EFI_CERT_TYPE_PKCS7;
  if (!isPkcs7 || length < CERTIFICATE_HEADER_SIZE || end > file.length)
    throw new FormatError(FORMAT, 'there is no PKCS#7 signature', { offset: EFI_TIME_SIZE });
  const signature = file.subarray(EFI_TIME_SIZE + CERTIFICATE_HEADER_SIZE, end);
  return { time, signedData: parseSignedData(signature), value: file.subarray(end) };
}

/** The certificate of `trusted` by which a `.auth` file is signed as this update; undefined when there is none. */
export function updateSignedBy(
  bytes: Uint8Array,
  { name, append }: Pick<VariableUpdate, 'name' | 'append'>,
  trusted: readonly Certificate[],
): Certificate | undefined {
  const { time, signedData, value } = parseUpdate(bytes);
  return signedContentBy(signedData, updateRequest({ name, time, append, value }), trusted);
}
