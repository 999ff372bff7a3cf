/** The trust manifest as a unified kernel image has it: read from the image, and packed for the initramfs. */
import { encodeCpio, type CpioEntry } from '../../formats/cpio.js';
import {
  encodeTrustManifest,
  TRUST_MANIFEST_PATH,
  type TrustManifest,
} from '../../formats/seal/trust-manifest.js';
import { fromText } from '../../util/bytes.js';
import type { ImageFiles } from '../image-files.js';
import { readTrustFiles } from '../lint/image-trust.js';

/**
 * What an image's own files say, for a command line.
 *
 * @throws {RootsealError} when one of them is such that a boot would be refused
 */
export async function readTrustManifest(
  files: ImageFiles,
  commandLine: string,
): Promise<TrustManifest> {
  const { policy, keys, revocations } = await readTrustFiles(files);
  return { commandLine, policy, keys, revocations };
}

/**
 * An uncompressed cpio archive with the one file, and the directories that it is in. It is to follow the image's own initramfs, at an
 * offset that is a multiple of four. The same manifest gives the same bytes.
 *
 * @throws {FormatError} as `encodeTrustManifest`
 */
export function trustManifestArchive(manifest: TrustManifest): Buffer {
  const path = TRUST_MANIFEST_PATH.slice(1);
  const content = encodeTrustManifest(manifest);
  return encodeCpio([
    ...parentsOf(path).map((parent): CpioEntry => ({
      kind: 'directory',
      path: fromText(parent),
      mode: 0o755,
    })),
    { kind: 'file', path: fromText(path), content, mode: 0o644 },
  ]);
}

/** The kernel makes no directories by itself, and passes over a file that has none. */
function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
