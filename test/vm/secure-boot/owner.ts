/** Keys of a machine's owner, as openssl makes them, and a firmware that has them enrolled. */
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Firmware } from '../qemu/machine.js';
import { run } from '../qemu/programs.js';
import { FIRMWARE_VARIABLES, SECURE_FIRMWARE_CODE } from '../qemu/emulator.js';
import { guid } from './guid.js';
import { ENFORCED, keyVariable, withVariables, type FirmwareVariable } from './variable-store.js';

/** `stranger` is in no database. */
export type KeyName = 'PK' | 'KEK' | 'db' | 'stranger';
const KEY_NAMES: readonly KeyName[] = ['PK', 'KEK', 'db', 'stranger'];

/** UEFI 2.10, 32.4.1: what a list holds. */
const X509 = guid('a5c059a1-94e4-4aa7-87b5-ab155c2bf072');
const SHA256 = guid('c1c41626-504c-4092-aca9-41f936934328');
/** Whoever put it there; it means nothing. */
const OWNER = guid('6a5a2b1e-3a0f-4a55-9d59-6f2c3c2d7a11');

export class Owner {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes all keys in an empty directory. */
  static make(directory: string): void {
    for (const name of KEY_NAMES) {
      const [key, certificate] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
      run('openssl', [
        ...['req', '-new', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '3650'],
        ...['-subj', `/CN=${name} of the test`, '-keyout', key, '-out', certificate],
      ]);
    }
  }

  keyFile(name: KeyName): string {
    return join(this.directory, `${name}.key`);
  }

  certificateFile(name: KeyName): string {
    return join(this.directory, `${name}.crt`);
  }

  /**
   * OVMF with these keys and Secure Boot on, in `scratch`.
   * @param revoked Authenticode hashes in dbx
   */
  firmware(
    scratch: string,
    more: readonly FirmwareVariable[] = [],
    revoked: readonly Buffer[] = [],
  ): Firmware {
    const keys = (['PK', 'KEK', 'db'] as const).map((name) =>
      keyVariable(name, signatureList(X509, this.certificate(name))),
    );
    const dbx = revoked.map((hash) => signatureList(SHA256, hash));
    if (dbx.length > 0) keys.push(keyVariable('dbx', Buffer.concat(dbx)));
    return firmwareWith(scratch, [...keys, ...ENFORCED, ...more]);
  }

  /** DER. */
  certificate(name: KeyName): Buffer {
    return new X509Certificate(fs.readFileSync(this.certificateFile(name))).raw;
  }
}

/** OVMF without any key but with these variables, in `scratch`. */
export function firmwareWith(scratch: string, variables: readonly FirmwareVariable[]): Firmware {
  const file = join(scratch, 'variables.fd');
  fs.writeFileSync(file, withVariables(fs.readFileSync(FIRMWARE_VARIABLES), variables));
  return { code: SECURE_FIRMWARE_CODE, variables: file, guarded: true };
}

/** EFI_SIGNATURE_LIST with one entry (UEFI 2.10, 32.4.1). */
function signatureList(type: Buffer, data: Buffer): Buffer {
  const sizes = Buffer.alloc(12);
  const entry = OWNER.length + data.length;
  sizes.writeUInt32LE(type.length + sizes.length + entry, 0);
  sizes.writeUInt32LE(entry, 8);
  return Buffer.concat([type, sizes, OWNER, data]);
}
