/** What PCR 7 will be when the new system is started: what the key of its disk is bound to. */
import fs from 'node:fs';
import { peHash } from '../../../formats/authenticode/pe-hash.js';
import { parseUpdate } from '../../../formats/efi-variables/authenticated-variable.js';
import { GUID } from '../../../formats/efi-variables/efi-guid.js';
import { judgeImage } from '../../../formats/efi-variables/image-verdict.js';
import { pcr7, type SecureBootVariables } from '../../../formats/efi-variables/pcr7.js';
import {
  parseSignatureLists,
  type DatabaseEntry,
} from '../../../formats/efi-variables/signature-list.js';
import { readEnrollFiles } from '../../../release/secure-boot/enroll-files.js';
import { RootsealError } from '../../../util/errors.js';
import { readFirmwareKeys, readKeyVariables } from '../../boot-loader/firmware-keys.js';
import type { Pcr7Source } from './encryption-request.js';

/** PCR 7 of the first TPM, in hexadecimal digits and a newline (Linux Documentation/ABI/stable/sysfs-class-tpm). */
const CURRENT = '/sys/class/tpm/tpm0/pcr-sha256/7';

export interface Started {
  /** systemd-boot, as it will be on the ESP. */
  readonly loader: Uint8Array;
  /** The unified kernel image. */
  readonly uki: Uint8Array;
}

/**
 * @param keys directory of keys that the new machine enrols; undefined for those of this machine
 * @throws {RootsealError} USAGE when it cannot be known; SEAL_UNTRUSTED when these keys do not let the new system start; UNSUPPORTED
 *   without a TPM that tells its PCRs
 */
export function expectedPcr7(
  source: Pcr7Source,
  keys: string | undefined,
  started: Started,
): Buffer {
  if (source.kind === 'value') return source.value;
  if (source.kind === 'current') return currentPcr7();
  if (keys !== undefined) return pcr7Of(variablesOfFiles(keys), started, `the keys of ${keys}`);
  return pcr7OfThisMachine(started);
}

function pcr7OfThisMachine(started: Started): Buffer {
  const { isEnforced, setupMode } = readFirmwareKeys();
  if (!isEnforced || setupMode !== false)
    throw new RootsealError(
      'USAGE',
      '--encrypt: Secure Boot is not on, so PCR 7 of this machine keeps nobody out',
      {
        hint: 'enrol keys and start this machine with them first; or say what PCR 7 will be, with --secure-boot-keys DIR or --pcr7',
      },
    );
  const expected = pcr7Of(readKeyVariables(), started, "the firmware's keys");
  if (expected.equals(currentPcr7())) return expected;
  throw new RootsealError(
    'USAGE',
    '--encrypt: PCR 7 of this machine is not what follows from its keys and the certificate of the new boot loader',
    {
      details: { expected: expected.toString('hex'), current: currentPcr7().toString('hex') },
      hint: 'this system was started by another certificate, or the firmware measures more (option ROMs): --pcr7 says which value it will be',
    },
  );
}

function currentPcr7(): Buffer {
  const text = fs.existsSync(CURRENT) ? fs.readFileSync(CURRENT, 'latin1').trim() : '';
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new RootsealError('UNSUPPORTED', 'this machine has no TPM that tells its PCRs of SHA-256');
}

function variablesOfFiles(directory: string): SecureBootVariables {
  const files = readEnrollFiles(directory);
  const value = (name: 'PK' | 'KEK' | 'db') =>
    parseUpdate(files.get(name) ?? Buffer.alloc(0)).value;
  return { PK: value('PK'), KEK: value('KEK'), db: value('db'), dbx: Buffer.alloc(0) };
}

function pcr7Of(variables: SecureBootVariables, { loader, uki }: Started, whose: string): Buffer {
  const databases = {
    db: parseSignatureLists(variables.db),
    dbx: parseSignatureLists(variables.dbx),
  };
  const authority = (what: string, bytes: Uint8Array): DatabaseEntry => {
    const verdict = judgeImage(bytes, databases);
    if (!verdict.isAccepted)
      throw new RootsealError(
        'SEAL_UNTRUSTED',
        `--encrypt: by ${whose} the machine would not start ${what}: ${verdict.reason}`,
      );
    const data = verdict.certificate?.der ?? peHash(bytes);
    const type = verdict.certificate === undefined ? GUID.EFI_CERT_SHA256 : GUID.EFI_CERT_X509;
    const entry = databases.db.find((one) => one.type === type && one.data.equals(data));
    if (entry === undefined) throw new RangeError('db has no entry of what it accepts');
    return entry;
  };
  return pcr7(variables, [
    authority('the boot loader', loader),
    authority('the unified kernel image', uki),
  ]);
}
