/** Why a machine with Secure Boot cannot be started here, or keys for it not be made. */
import fs from 'node:fs';
import { SECURE_FIRMWARE_CODE } from '../qemu/emulator.js';
import { isProgramThere, lacksFirmware } from '../qemu/programs.js';

/** A reason to skip, or false. */
export function lacksSecureBoot(): string | false {
  const lacks = lacksFirmware();
  if (lacks !== false) return lacks;
  if (!fs.existsSync(SECURE_FIRMWARE_CODE))
    return 'needs OVMF with Secure Boot (Debian package ovmf)';
  return isProgramThere('openssl') ? false : 'needs openssl (Debian package openssl)';
}
