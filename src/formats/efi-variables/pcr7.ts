/**
 * What will be in the TPM's PCR 7 when firmware has started a boot loader under Secure Boot (TCG PC Client Platform Firmware Profile 1.06,
 * section 3.3.4.8: the policy of Secure Boot; section 10.2.6: UEFI_VARIABLE_DATA). Of the SHA-256 bank.
 *
 * Some firmware measures more there, such as the certificates of option ROMs or a debug mode: then the value is another one.
 */
import { hash } from 'node:crypto';
import { DATABASES, type DatabaseName } from './authenticated-variable.js';
import { encodeGuid, GUID, type Guid } from './efi-guid.js';
import type { DatabaseEntry } from './signature-list.js';

/** Contents of the variables, without attributes; an empty one is not there. */
export type SecureBootVariables = Readonly<Record<DatabaseName, Uint8Array>>;

/** In the order in which firmware measures them, after `SecureBoot`. */
export const MEASURED_DATABASES: readonly DatabaseName[] = ['PK', 'KEK', 'db', 'dbx'];

/** EV_SEPARATOR: what is started from now on is not firmware. */
const SEPARATOR = Buffer.alloc(4);

/**
 * With Secure Boot on.
 * @param authorities entries of `db` that vouch for what is started, in its order; one that vouches again is not measured again
 */
export function pcr7(
  variables: SecureBootVariables,
  authorities: readonly DatabaseEntry[],
): Buffer {
  let value: Buffer = Buffer.alloc(32);
  const extend = (event: Uint8Array): void => {
    value = hash('sha256', Buffer.concat([value, hash('sha256', event, 'buffer')]), 'buffer');
  };
  extend(variableData('SecureBoot', GUID.EFI_GLOBAL_VARIABLE, Buffer.of(1)));
  for (const name of MEASURED_DATABASES)
    extend(variableData(name, DATABASES[name], variables[name]));
  extend(SEPARATOR);
  const measured: Buffer[] = [];
  for (const { owner, data } of authorities) {
    // EFI_SIGNATURE_DATA
    const entry = Buffer.concat([encodeGuid(owner), data]);
    if (measured.some((one) => one.equals(entry))) continue;
    measured.push(entry);
    extend(variableData('db', DATABASES.db, entry));
  }
  return value;
}

/** UEFI_VARIABLE_DATA */
function variableData(name: string, vendor: Guid, value: Uint8Array): Buffer {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64LE(BigInt(name.length), 0);
  lengths.writeBigUInt64LE(BigInt(value.length), 8);
  return Buffer.concat([encodeGuid(vendor), lengths, Buffer.from(name, 'utf16le'), value]);
}
