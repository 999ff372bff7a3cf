/** Why a machine with Secure Boot cannot be started here. */
import fs from 'node:fs';
import { SECURE_FIRMWARE_CODE } from '../qemu/emulator.js';
import { lacksFirmware } from '../qemu/programs.js';

/** A reason to skip, or false. */
export function lacksSecureBoot(): string | false {
  const lacks = lacksFirmware();
  if (lacks !== false || fs.existsSync(SECURE_FIRMWARE_CODE)) return lacks;
  return 'needs OVMF with Secure Boot (Debian package ovmf)';
}
