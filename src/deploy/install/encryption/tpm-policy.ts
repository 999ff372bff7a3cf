/** Under which policy a TPM keeps the key of a disk that starts from a unified kernel image (docs/encryption.md). */
import type { UnifiedKernel } from '../../../disk/unified-kernel.js';
import { parsePcrPublicKey, signedPhases } from '../../../formats/uki/pcr-signature.js';
import { parseUki } from '../../../formats/uki/parse-uki.js';
import { RootsealError } from '../../../util/errors.js';

/** The phase of a boot in which the disk is opened. */
const PHASE = 'enter-initrd';

/**
 * The key in PEM whose signatures say what PCR 11 may be: that of `.pcrpkey`. Whether signature and image fit together was looked at.
 * @throws {RootsealError} USAGE when the image has no such policy, or one under which a running system could have the key, too
 */
export function requirePcrPublicKey({ bytes }: Pick<UnifiedKernel, 'bytes'>): Buffer {
  const { sections } = parseUki(bytes);
  const [key, signatures] = [sections.get('.pcrpkey'), sections.get('.pcrsig')];
  const missing = key === undefined ? '.pcrpkey' : '.pcrsig';
  if (key === undefined || signatures === undefined)
    throw new RootsealError(
      'USAGE',
      `--encrypt: the unified kernel image has no section ${missing}, so a TPM has nothing to know it by`,
      { hint: 'whoever publishes it makes one with `rootseal uki build --pcr-key FILE`' },
    );
  const phases = signedPhases(sections);
  const later = phases.find((phase) => phase !== PHASE);
  if (!phases.includes(PHASE))
    throw new RootsealError(
      'USAGE',
      `--encrypt: .pcrsig of the unified kernel image has no signature for the phase ${PHASE}, in which the disk is opened`,
    );
  if (later !== undefined)
    throw new RootsealError(
      'USAGE',
      `--encrypt: .pcrsig of the unified kernel image has a signature for the phase "${later}", in which more than the initramfs could get the key of the disk`,
      {
        hint: '`rootseal uki build --pcr-key FILE` signs enter-initrd alone, unless told otherwise',
      },
    );
  parsePcrPublicKey(key);
  return key;
}
