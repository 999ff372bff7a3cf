/** PK.auth, KEK.auth and db.auth: with them a machine in setup mode takes our keys. */
import path from 'node:path';
import {
  updateSignedBy,
  type VariableUpdate,
} from '../../formats/efi-variables/authenticated-variable.js';
import type { Guid } from '../../formats/efi-variables/efi-guid.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import { writeOutputFile } from '../../repo/durable.js';
import { makeDirectories } from '../../linux/make-directories.js';
import { RootsealError } from '../../util/errors.js';
import { KEY_NAMES, readKeyCertificate, type KeyName } from './key-directory.js';
import type { RsaSigner } from './rsa-signer.js';
import { certificateList, readUpdate, requireLater, signUpdate } from './variable-updates.js';

/** Whose key signs the update of a variable. */
const SIGNER_OF: Readonly<Record<KeyName, KeyName>> = { PK: 'PK', KEK: 'PK', db: 'KEK' };

export interface EnrollRequest {
  /** Directory with PK.crt, KEK.crt and db.crt. */
  readonly keys: string;
  /** Where the files are written. */
  readonly out: string;
  readonly owner: Guid;
  /** Seconds since 1970; the latest beginning of the certificates when absent, so that the same keys give the same files. */
  readonly time: number | undefined;
  readonly signerFor: (name: KeyName, certificate: Certificate) => RsaSigner;
}

/** Where the file that sets a variable is. */
export function updateFile(directory: string, name: KeyName): string {
  return path.join(directory, `${name}.auth`);
}

/**
 * Writes the files; none before all are signed. The paths; none when only requests were written.
 * @throws {RootsealError} USAGE when a file is there that says something else at this time or later
 */
export async function writeEnrollFiles(request: EnrollRequest): Promise<readonly string[]> {
  const certificates = new Map(
    KEY_NAMES.map((name) => [name, readKeyCertificate(request.keys, name)]),
  );
  const time = request.time ?? latestBeginning([...certificates.values()]);
  const files = new Map<string, Buffer>();
  for (const [name, certificate] of certificates) {
    const by = SIGNER_OF[name];
    const signer = request.signerFor(by, certificates.get(by) ?? certificate);
    const value = certificateList([certificate], request.owner);
    const update: VariableUpdate = { name, time, append: false, value };
    const bytes = await signUpdate(update, signer, name);
    if (bytes === undefined) continue;
    const file = updateFile(request.out, name);
    const before = readUpdate(file);
    if (before !== undefined && !before.bytes.equals(bytes)) requireLater(time, before.time, file);
    files.set(file, bytes);
  }
  if (files.size > 0) makeDirectories(request.out);
  for (const [file, bytes] of files) writeOutputFile(file, bytes);
  return [...files.keys()];
}

function latestBeginning(certificates: readonly Certificate[]): number {
  return certificates.reduce((latest, { notBefore }) => Math.max(latest, notBefore), 0);
}

/**
 * The files of a directory, as they will be enrolled: each is signed by whose key it must be, and db holds the certificate that is there.
 * @throws {RootsealError} PATH_NOT_FOUND when one is missing, FAILED when firmware would refuse one
 */
export function readEnrollFiles(directory: string): ReadonlyMap<KeyName, Buffer> {
  const files = new Map<KeyName, Buffer>();
  for (const name of KEY_NAMES) {
    const file = updateFile(directory, name);
    const update = readUpdate(file);
    if (update === undefined)
      throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, {
        details: { path: file },
        hint: `\`rootseal secure-boot enroll-files ${directory}\` makes it`,
      });
    const by = readKeyCertificate(directory, SIGNER_OF[name]);
    const isSigned = updateSignedBy(update.bytes, { name, append: false }, [by]) !== undefined;
    const { der } = readKeyCertificate(directory, name);
    if (!isSigned || !update.entries.some(({ data }) => data.equals(der)))
      throw new RootsealError('FAILED', `${file} does not enrol the certificate ${name}.crt`, {
        hint: `\`rootseal secure-boot enroll-files ${directory} --time TIME\` makes it anew`,
      });
    files.set(name, update.bytes);
  }
  return files;
}
