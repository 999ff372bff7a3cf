/** Keys of a machine's owner, and a firmware that has them enrolled. */
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { GUID } from '../../../src/formats/efi-variables/efi-guid.js';
import { encodeSignatureLists } from '../../../src/formats/efi-variables/signature-list.js';
import { FIRMWARE_VARIABLES, SECURE_FIRMWARE_CODE } from '../qemu/emulator.js';
import type { Firmware } from '../qemu/machine.js';
import { rootseal } from '../qemu/sealed.js';
import { ENFORCED, keyVariable, withVariables, type FirmwareVariable } from './variable-store.js';

/** `stranger` is in no database. */
export type KeyName = 'PK' | 'KEK' | 'db' | 'stranger';

/** Whoever put an entry there; it means nothing. */
const OWNER = '6a5a2b1e-3a0f-4a55-9d59-6f2c3c2d7a11';

export class Owner {
  /** As `secure-boot generate-keys` and `enroll-files` make it; in `stranger` are those of somebody else. */
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes all keys, and files that enrol them, in a directory that is not there. */
  static make(directory: string): void {
    rootseal('secure-boot', 'generate-keys', directory, '--name', 'Owner');
    rootseal('secure-boot', 'enroll-files', directory);
    rootseal('secure-boot', 'generate-keys', join(directory, 'stranger'), '--name', 'Stranger');
  }

  keyFile(name: KeyName): string {
    return this.file(name, 'key');
  }

  certificateFile(name: KeyName): string {
    return this.file(name, 'crt');
  }

  /**
   * OVMF with these keys and Secure Boot on, in `scratch`.
   * @param more variables besides
   * @param revoked Authenticode hashes in dbx
   */
  firmware(
    scratch: string,
    more: readonly FirmwareVariable[] = [],
    revoked: readonly Buffer[] = [],
  ): Firmware {
    const hashes = revoked.map((data) => ({ type: GUID.EFI_CERT_SHA256, owner: OWNER, data }));
    const dbx = keyVariable('dbx', encodeSignatureLists(hashes));
    const keys = [...this.keyVariables(), ...(hashes.length > 0 ? [dbx] : [])];
    return firmwareWith(scratch, [...keys, ...ENFORCED, ...more]);
  }

  /** PK, KEK and db. */
  keyVariables(): FirmwareVariable[] {
    return (['PK', 'KEK', 'db'] as const).map((name) => {
      const entry = { type: GUID.EFI_CERT_X509, owner: OWNER, data: this.certificate(name) };
      return keyVariable(name, encodeSignatureLists([entry]));
    });
  }

  /** DER. */
  certificate(name: KeyName): Buffer {
    return new X509Certificate(fs.readFileSync(this.certificateFile(name))).raw;
  }

  private file(name: KeyName, suffix: string): string {
    return join(this.directory, `${name === 'stranger' ? 'stranger/db' : name}.${suffix}`);
  }
}

/** OVMF with these variables alone, in `scratch`. */
export function firmwareWith(scratch: string, variables: readonly FirmwareVariable[]): Firmware {
  const file = join(scratch, 'variables.fd');
  fs.writeFileSync(file, withVariables(fs.readFileSync(FIRMWARE_VARIABLES), variables));
  return { code: SECURE_FIRMWARE_CODE, variables: file, guarded: true };
}
