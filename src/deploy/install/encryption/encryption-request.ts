/** What `install to-disk --encrypt` asks for. */
import fs from 'node:fs';
import path from 'node:path';
import { syncDirectory } from '../../../repo/durable.js';
import { RootsealError } from '../../../util/errors.js';

/** Where the value of PCR 7 comes from that the key of the disk is bound to. */
export type Pcr7Source =
  /** It follows from the keys of Secure Boot; of this machine, it must be the current one. */
  | { readonly kind: 'keys' }
  /** What it is now, whatever it follows from. */
  | { readonly kind: 'current' }
  /** @property value 32 bytes */
  | { readonly kind: 'value'; readonly value: Buffer };

export interface EncryptionRequest {
  readonly pcr7: Pcr7Source;
  /** New file for the recovery key; undefined: whoever asks gets it. */
  readonly recoveryKeyFile: string | undefined;
}

/** @param text as `--pcr7` has it. @throws {RootsealError} USAGE */
export function parsePcr7(text: string | undefined): Pcr7Source {
  if (text === undefined) return { kind: 'keys' };
  if (text === 'current') return { kind: 'current' };
  if (/^[0-9a-fA-F]{64}$/.test(text)) return { kind: 'value', value: Buffer.from(text, 'hex') };
  throw new RootsealError('USAGE', `--pcr7 ${text}: expected "current" or 64 hexadecimal digits`);
}

/** A key is never written over. @throws {RootsealError} USAGE */
export function requireNewFile(file: string | undefined): void {
  if (file === undefined || fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new RootsealError('USAGE', `${file} exists: --recovery-key-file names a new file`);
}

/** For its owner alone, and on the disk before anybody is told. */
export function writeRecoveryKey(file: string, key: string): void {
  fs.writeFileSync(file, `${key}\n`, { flag: 'wx', mode: 0o600, flush: true });
  syncDirectory(path.dirname(path.resolve(file)));
}
