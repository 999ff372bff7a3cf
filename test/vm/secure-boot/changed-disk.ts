/** What somebody changes on the disk of a sealed Debian: objects, and what is started. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { DiskEdit } from '../qemu/disk-edit.js';
import { objectPath } from '../qemu/objects.js';
import type { SealedFleet } from './sealed-fleet.js';

/** The entry of the attacker is the first that the boot loader's own rules choose, for one try. */
const ATTACKER = 'rootseal-a';
const ENTRIES = '/loader/entries';
const OLD_UKI = '/old.efi';

/** Overwrites bytes in a block (4096 bytes) of an object through the disk's device, as root of a running system can. */
export function overwriteScript(object: string, block: number): string {
  return [
    'set -e',
    'device=$(findmnt -no SOURCE /sysroot)',
    `block=$(debugfs -R 'bmap ${object} ${block}' $device 2>/dev/null | tail -n 1)`,
    '[ "$block" -gt 0 ]',
    'head -c 64 /dev/zero | tr "\\0" X | dd of=$device bs=4096 seek=$block conv=notrunc,fsync',
    'echo 3 >/proc/sys/vm/drop_caches',
  ].join('\n');
}

/** Puts the older release back on the disk, all of it as it was signed. */
export function bringBackOld(disk: DiskEdit, made: SealedFleet): void {
  const { hex, uki } = made.release('old');
  const object = `objects/${hex.slice(0, 2)}/${hex.slice(2)}`;
  disk.writeWithVerity(objectPath(hex), fs.readFileSync(join(made.repository, object)));
  disk.symlink(`/composefs/images/${hex}`, `../${object}`);
  disk.writeToEsp(OLD_UKI, fs.readFileSync(uki));
}

/** Has it started first, once. What a host finds of it that is not in its record, it removes. */
export function tryOld(disk: DiskEdit, made: SealedFleet): string {
  const { hex, seal } = made.release('old');
  const state = `/state/deploy/${hex}`;
  disk.makeDirectory(state);
  disk.write(`${state}/seal`, fs.readFileSync(seal));
  for (const name of disk.listEsp(ENTRIES).filter((entry) => entry.startsWith(ATTACKER)))
    disk.removeFromEsp(`${ENTRIES}/${name}`);
  const entry = `title old\nsort-key a\nefi ${OLD_UKI}\n`;
  disk.writeToEsp(`${ENTRIES}/${ATTACKER}+1.conf`, entry);
  return state;
}
