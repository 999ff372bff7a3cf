/** Whether this machine can encrypt a disk for its TPM; asked before a disk is written to. */
import fs from 'node:fs';
import os from 'node:os';
import { ENCRYPT_TOOLS, findProgram, requireTools } from '../../../disk/tools.js';
import { run } from '../../../linux/exec.js';
import { RootsealError } from '../../../util/errors.js';
import { presenceOfModule } from '../../doctor/look-kernel.js';

/** The oldest systemd whose systemd-cryptenroll takes values of PCRs, and a policy signed besides. */
export const CRYPTENROLL_MIN = 255;
/** The TPM with the kernel's resource manager: what systemd uses. */
export const TPM_DEVICE = '/dev/tpmrm0';

/** @throws {RootsealError} UNSUPPORTED */
export async function requireEncryption(): Promise<void> {
  requireTools(ENCRYPT_TOOLS);
  const version = await cryptenrollVersion();
  if (version === undefined || version < CRYPTENROLL_MIN)
    throw new RootsealError(
      'UNSUPPORTED',
      `systemd-cryptenroll is of version ${version ?? 'unknown'}, and at least ${CRYPTENROLL_MIN} is needed`,
    );
  if (!fs.existsSync(TPM_DEVICE))
    throw new RootsealError(
      'UNSUPPORTED',
      `this machine has no TPM 2.0: ${TPM_DEVICE} is missing`,
      {
        details: { feature: 'tpm2' },
        hint: 'the disk is encrypted on the machine that it is for, whose TPM keeps the key',
      },
    );
  if (presenceOfModule('dm_crypt', os.release()) === 'absent')
    throw new RootsealError('UNSUPPORTED', 'this kernel has no dm-crypt', {
      details: { feature: 'dm-crypt' },
      hint: 'dm-crypt needs CONFIG_DM_CRYPT',
    });
}

/** Version of systemd that systemd-cryptenroll is of; undefined when it is not installed, or does not say. */
export async function cryptenrollVersion(): Promise<number | undefined> {
  const program = findProgram('systemd-cryptenroll');
  if (program === undefined) return undefined;
  const { stdout } = await run(program, ['--version']);
  const [, version] = /^systemd (\d+)/.exec(stdout.toString('latin1')) ?? [];
  return version === undefined ? undefined : Number(version);
}
