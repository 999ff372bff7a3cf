/** Small texts of an image. */
import type { ImageFiles } from '../image-files.js';

export const SMALL_FILE_MAX = 1 << 20;

/** Bytes as ISO 8859-1; undefined when there is no such file, or nothing that one would read. */
export async function readSmall(files: ImageFiles, path: string): Promise<string | undefined> {
  const found = files.resolve(path);
  if (found?.kind !== 'file' || found.size > SMALL_FILE_MAX) return undefined;
  return (await files.read(path, SMALL_FILE_MAX)).toString('latin1');
}
