/**
 * What will be in the TPM's PCR 11 when a unified kernel image was started (systemd 257, src/boot/stub.c, systemd-measure(1);
 * extending: TPM 2.0 Part 1, section 17.2).
 */
import { hash } from 'node:crypto';
import { MEASURED_SECTIONS, type UkiSections } from './uki-sections.js';

/** Banks of PCRs, by the names of systemd. */
export const PCR_BANKS = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
export type PcrBank = (typeof PCR_BANKS)[number];

/** Bytes of a value. */
export const PCR_SIZE: Readonly<Record<PcrBank, number>> = {
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Where a boot is that `systemd-pcrphase` measures, from the initramfs on: words joined by `:`; none of them is the empty text. */
export const BOOT_PHASES: readonly string[] = [
  'enter-initrd',
  'enter-initrd:leave-initrd',
  'enter-initrd:leave-initrd:sysinit',
  'enter-initrd:leave-initrd:sysinit:ready',
];

/**
 * The value when stub and phases have measured: each section's name with a NUL, then its content, then the words of the phases.
 * @param phase '' for the value that the stub leaves
 */
export function pcr11(sections: UkiSections, phase = '', bank: PcrBank = 'sha256'): Buffer {
  let value: Buffer = Buffer.alloc(PCR_SIZE[bank]);
  const extend = (measured: Uint8Array): void => {
    value = hash(bank, Buffer.concat([value, hash(bank, measured, 'buffer')]), 'buffer');
  };
  for (const name of MEASURED_SECTIONS) {
    const content = sections.get(name);
    if (content === undefined) continue;
    extend(Buffer.from(`${name}\0`));
    extend(content);
  }
  for (const word of phase === '' ? [] : phase.split(':')) extend(Buffer.from(word));
  return value;
}
