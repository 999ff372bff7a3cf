/** Which QEMU and firmware start the machines, and how QEMU does the processor's work. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** `npm test` names newer ones than those of the machine (test/setup/emulator.mjs). */
export const QEMU = process.env['ROOTSEAL_TEST_QEMU'] ?? 'qemu-system-x86_64';
const FIRMWARE = process.env['ROOTSEAL_TEST_FIRMWARE'] ?? '/usr/share/OVMF';

/** OVMF without Secure Boot, and the state of its variables on a new machine. */
export const FIRMWARE_CODE = `${FIRMWARE}/OVMF_CODE_4M.fd`;
export const SECURE_FIRMWARE_CODE = `${FIRMWARE}/OVMF_CODE_4M.secboot.fd`;
export const FIRMWARE_VARIABLES = `${FIRMWARE}/OVMF_VARS_4M.fd`;

/**
 * Emulated, so that every run does the same wherever it is. Whether a kernel can use /dev/kvm is not asked: where it cannot, the
 * machine hangs for ever. Who knows that it can says `ROOTSEAL_TEST_ACCEL=kvm`.
 */
const ACCELERATION = process.env['ROOTSEAL_TEST_ACCEL'] ?? 'tcg';

/**
 * Left out is what makes emulation slow: page tables of five levels, integer vectors of 256 bits, and virtual machines in the
 * machine, for which the kernel would load a large module.
 */
const EMULATED = 'max,la57=off,avx2=off,svm=off';

/** Options that choose the processor. */
export function processor(): string[] {
  if (ACCELERATION === 'kvm') return ['-accel', 'kvm', '-cpu', 'host', '-smp', '1'];
  if (ACCELERATION !== 'tcg')
    throw new Error(`ROOTSEAL_TEST_ACCEL is tcg or kvm, not "${ACCELERATION}"`);
  // One processor: with two, QEMU 7.2 now and then lets one run into what the kernel is just patching on the other (an "int3"
  // oops, or a reset without a word).
  return ['-accel', 'tcg', '-cpu', EMULATED, '-smp', '1'];
}

/** What a saved state of a machine belongs to: no other emulator can go on with it. */
export function emulatorIdentity(): string {
  const version = execFileSync(QEMU, ['--version'], { encoding: 'utf8' });
  const { size, mtimeMs } = fs.statSync(FIRMWARE_CODE);
  return [version, size, mtimeMs, ...processor()].join(' ');
}
