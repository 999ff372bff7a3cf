/** Unified kernel images of the Debian image, with a signature for the state of PCR 11 that opens the disk. */
import type { KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { addSections } from '../../../src/formats/pe/add-sections.js';
import { encodeUki, sectionsOf, type UkiParts } from '../../../src/formats/uki/encode-uki.js';
import { encodePcrPublicKey, encodePcrSignatures } from '../../../src/formats/uki/pcr-signature.js';
import { KERNEL_ARGUMENTS } from '../qemu/kernel-arguments.js';
import type { SealedImage } from '../qemu/sealed.js';

/** Only there is the disk opened; what runs later must not be able to. */
const PHASES = ['enter-initrd'];
/** IMAGE_SCN_CNT_INITIALIZED_DATA and IMAGE_SCN_MEM_READ. */
const DATA = 0x40000040;

/**
 * @param key RSA, private
 * @param words of the command line besides those of all machines
 */
export function signedUki(image: SealedImage, key: KeyObject, words: readonly string[]): Buffer {
  // A device that takes longer to come than systemd waits is a matter of how busy this computer is.
  const patience = 'systemd.default_device_timeout_sec=infinity';
  const line = [`composefs.digest=${image.image}`, 'rw', ...KERNEL_ARGUMENTS, patience, ...words];
  const parts: UkiParts = {
    stub: fs.readFileSync(stubOf(image, 'linux')),
    osrel: fs.readFileSync(join(image.tree, 'usr/lib/os-release')),
    cmdline: line.join(' '),
    uname: fs.readdirSync(join(image.tree, 'usr/lib/modules'))[0] ?? '',
    linux: fs.readFileSync(image.kernel),
    initrd: fs.readFileSync(image.initrd),
    pcrpkey: encodePcrPublicKey(key),
  };
  return encodeUki({ ...parts, pcrsig: encodePcrSignatures(sectionsOf(parts), key, PHASES) });
}

/** Adds words to the command line of whatever image. Without Secure Boot it needs no signature. */
export function addonOf(image: SealedImage, words: string): Buffer {
  const section = { name: '.cmdline', content: Buffer.from(words), characteristics: DATA };
  return addSections(fs.readFileSync(stubOf(image, 'addon')), [section], { nxCompat: true });
}

function stubOf({ tree }: SealedImage, kind: string): string {
  return join(tree, `usr/lib/systemd/boot/efi/${kind}x64.efi.stub`);
}
