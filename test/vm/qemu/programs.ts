/** Why a test that starts a machine cannot run here, if so. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { FIRMWARE_CODE, QEMU } from './emulator.js';

/** Programs that a machine is made with, and the Debian package of each. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  depmod: 'kmod',
  make: 'make',
  'musl-gcc': 'musl-tools',
  debugfs: 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  sfdisk: 'fdisk',
};

/** A reason to skip, or false. */
export function lacksForMachines(): string | false {
  if (process.arch !== 'x64') return 'the test machines are x86-64';
  if (process.getuid?.() !== 0) return 'needs root: building an image makes files of many owners';
  const missing = Object.entries(PROGRAMS).find(([program]) => !isThere(program));
  return missing === undefined ? false : `needs ${missing[0]} (Debian package ${missing[1]})`;
}

/** Why a machine with firmware cannot be started here; false when it can. */
export function lacksFirmware(): string | false {
  const lacks = lacksForMachines();
  if (lacks !== false || fs.existsSync(FIRMWARE_CODE)) return lacks;
  return 'needs OVMF (Debian package ovmf)';
}

function isThere(program: string): boolean {
  if (QEMU.endsWith(`/${program}`)) return fs.existsSync(QEMU);
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => fs.existsSync(`${directory}/${program}`));
}

/** Runs a program and gives what it printed; fails with what it complained about. */
export function run(program: string, args: readonly string[], input?: string | Uint8Array): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
}
