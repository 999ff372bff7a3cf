/** Where a tree is read from, as a person names it: `DIR`, `tar:FILE`, `tar:-`, `dump:FILE`, `image:FILE`. */
import { RootsealError } from '../../util/errors.js';

export type TreeSource =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'tar' | 'dump' | 'image'; readonly path: string };

const PREFIX = /^(tar|dump|image|oci):(.*)$/s;

/** @throws {RootsealError} USAGE when the kind of source is not known here */
export function parseTreeSource(text: string): TreeSource {
  const match = PREFIX.exec(text);
  if (match === null) return { kind: 'directory', path: text };
  const [, kind, path = ''] = match;
  if (path === '') throw new RootsealError('USAGE', `${text}: a file name is missing`);
  if (kind === 'oci') {
    throw new RootsealError('UNSUPPORTED', `${text}: this version does not read OCI images yet`, {
      hint: 'unpack it first, or use tar:FILE',
    });
  }
  return { kind: kind as 'tar' | 'dump' | 'image', path };
}
