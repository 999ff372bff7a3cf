/** Takes an extended attribute away, as an administrator may; rootseal itself never does. */
import { check, cString, native } from '../../src/linux/libc.js';
import { fromText } from '../../src/util/bytes.js';

const lremovexattr = native<[Uint8Array, Uint8Array]>('lremovexattr', 'int', [
  'const void *',
  'const void *',
]);

/** Of `path` itself, never of what a symbolic link points to. */
export function removeAttribute(path: string, name: string): void {
  const result = lremovexattr(cString(fromText(path)), cString(fromText(name), 1));
  check(result, 'lremovexattr', () => `${path} ${name}`);
}
