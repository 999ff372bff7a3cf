/** Changes an initramfs as boot loaders do it: a further archive behind it, whose files replace earlier ones. */
import fs from 'node:fs';
import { join } from 'node:path';
import { encodeCpio, type CpioEntry } from '../../../src/formats/cpio.js';
import { fromText } from '../../../src/util/bytes.js';

/** Places of what the boot program believes. */
export const POLICY = 'usr/lib/rootseal/setup-root.conf';
export const REVOKED = 'usr/lib/rootseal/revoked.d/list';

/**
 * `initrd` and these files, by path without a leading slash.
 *
 * @returns a file in `scratch`
 */
export function withFiles(
  initrd: string,
  files: Readonly<Record<string, string>>,
  scratch: string,
): string {
  const entries = Object.entries(files).flatMap(([path, content]): CpioEntry[] => [
    ...parentsOf(path).map((parent): CpioEntry => ({
      kind: 'directory',
      path: fromText(parent),
      mode: 0o755,
    })),
    { kind: 'file', path: fromText(path), mode: 0o644, content: Buffer.from(content) },
  ]);
  const target = join(scratch, 'initrd');
  const first = fs.readFileSync(initrd);
  // An archive begins at a multiple of four.
  const padding = Buffer.alloc((4 - (first.length % 4)) % 4);
  fs.writeFileSync(target, Buffer.concat([first, padding, encodeCpio(entries)]));
  return target;
}

function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
