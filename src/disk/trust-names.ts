/** Names in directories of keys and revocations: the boot program reads every file there, so none may be passed over. */
import { toDisplay, toText, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';

/**
 * The names as text, in order.
 * @throws {RootsealError} FORMAT_INVALID when one is not UTF-8: no path can be made of it here
 */
export function requireTextNames(names: readonly ByteString[], directory: string): string[] {
  return names
    .map((name) => {
      const text = toText(name);
      if (text !== undefined) return text;
      const path = `${directory}/${toDisplay(name)}`;
      throw new RootsealError('FORMAT_INVALID', `${path}: the name is not UTF-8`, {
        details: { path },
      });
    })
    .sort();
}
