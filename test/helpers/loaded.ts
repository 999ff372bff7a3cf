/** The image that a source has, with what the program does on the way. */
import { encodeImage } from '../../src/formats/erofs/write-image.js';
import { loadTree, type LoadedTree } from '../../src/repo/source/load.js';
import { parseTreeSource } from '../../src/repo/source/source.js';
import type { XattrMode } from '../../src/repo/source/xattr-mode.js';
import { noProgress } from '../../src/util/progress.js';

/** @param source as a person names it: `DIR`, `tar:FILE` */
export async function load(
  source: string,
  xattrs: XattrMode = 'all',
): Promise<LoadedTree & { readonly image: Buffer }> {
  const loaded = await loadTree(parseTreeSource(source), {
    algorithm: 'sha256',
    xattrs,
    progress: noProgress,
  });
  return { ...loaded, image: encodeImage(loaded.tree, { formatVersion: 1 }) };
}
