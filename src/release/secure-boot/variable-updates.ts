/** Files that set the variables of Secure Boot (`.auth`): made, signed, and checked before anybody gets them. */
import { peHash } from '../../formats/authenticode/pe-hash.js';
import {
  encodeUpdate,
  parseUpdate,
  updateRequest,
  updateSignedBy,
  type ParsedUpdate,
  type VariableUpdate,
} from '../../formats/efi-variables/authenticated-variable.js';
import { GUID, type Guid } from '../../formats/efi-variables/efi-guid.js';
import {
  DATABASE_SIZE_MAX,
  encodeSignatureLists,
  parseSignatureLists,
  type DatabaseEntry,
} from '../../formats/efi-variables/signature-list.js';
import { nameOfCertificate, type Certificate } from '../../formats/x509/certificate.js';
import { readSmallFile } from '../../repo/durable.js';
import { RootsealError } from '../../util/errors.js';
import { parseNamedFile } from '../named-file.js';
import { signMessage, type RsaSigner } from './rsa-signer.js';

/**
 * The `.auth` file of an update; undefined when only a request was written.
 * @param name of the request and of its answer
 * @throws {RootsealError} FAILED when the signer fails or signs wrongly
 */
export async function signUpdate(
  update: VariableUpdate,
  signer: RsaSigner,
  name: string,
): Promise<Buffer | undefined> {
  const { certificate } = signer;
  const signature = await signMessage(signer, updateRequest(update), name);
  if (signature === undefined) return undefined;
  const file = encodeUpdate(update, certificate, signature);
  // What leaves here was read again as firmware will.
  if (updateSignedBy(file, update, [certificate]) !== undefined) return file;
  throw new RootsealError(
    'FAILED',
    `${name}: the signed update is not accepted by ${nameOfCertificate(certificate)}`,
  );
}

/** A database that has certificates alone. */
export function certificateList(certificates: readonly Certificate[], owner: Guid): Buffer {
  return encodeSignatureLists(
    certificates.map(({ der }) => ({ type: GUID.EFI_CERT_X509, owner, data: der })),
  );
}

/**
 * Entries that forbid these files by their Authenticode hashes, as far as `known` does not.
 * @param files contents of PE files by their names, for errors
 */
export function hashEntries(
  files: ReadonlyMap<string, Uint8Array>,
  owner: Guid,
  known: readonly DatabaseEntry[],
): DatabaseEntry[] {
  const entries: DatabaseEntry[] = [];
  for (const [file, bytes] of files) {
    const data = parseNamedFile(file, () => peHash(bytes));
    const isSame = (entry: DatabaseEntry) =>
      entry.type === GUID.EFI_CERT_SHA256 && entry.data.equals(data);
    if (known.some(isSame) || entries.some(isSame)) continue;
    entries.push({ type: GUID.EFI_CERT_SHA256, owner, data });
  }
  return entries;
}

/** An update that was made before, with its entries; undefined when there is no such file. */
export function readUpdate(
  file: string,
):
  | (ParsedUpdate & { readonly bytes: Buffer; readonly entries: readonly DatabaseEntry[] })
  | undefined {
  const bytes = readSmallFile(file, 2 * DATABASE_SIZE_MAX);
  if (bytes === undefined) return undefined;
  return parseNamedFile(file, () => {
    const update = parseUpdate(bytes);
    return { ...update, bytes, entries: parseSignatureLists(update.value) };
  });
}

/**
 * Firmware refuses an update whose time is not later than that of the one before.
 * @throws {RootsealError} USAGE
 */
export function requireLater(time: number, previous: number, file: string): void {
  if (time > previous) return;
  const text = new Date(previous * 1000).toISOString().replace('.000Z', 'Z');
  throw new RootsealError(
    'USAGE',
    `the time must be later than that of ${file}, which is ${text}`,
    {
      hint: 'give a later one with --time: firmware refuses an update whose time does not grow',
    },
  );
}
