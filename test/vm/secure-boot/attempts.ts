/**
 * What one machine tries to start, one after the other. The firmware goes on to its next boot option when one is refused or
 * gives up, so a single start shows what becomes of many; at last it starts what is good.
 */
import type { DiskEdit } from '../qemu/disk-edit.js';
import { bootOptions, optionName } from './load-option.js';
import type { FirmwareVariable } from './variable-store.js';

const DIRECTORY = '/attempts';
const BOOT_LOADER = '/EFI/systemd/systemd-bootx64.efi';
const ENTRIES = '/loader/entries';

/** A program that the firmware starts itself. */
interface Program {
  readonly name: string;
  readonly program: Buffer;
}

/** A boot entry of systemd-boot. It is there for one try: after that one the others come first. */
interface Entry {
  readonly name: string;
  /** Lines of the entry besides its title; what is in `files` is there as `/attempts/<name>`. */
  readonly entry: readonly string[];
}

export type Attempt = Program | Entry;

/** Files for all attempts, by their names in `/attempts`, or absolute; folders end in a slash. */
export type EspFiles = Readonly<Record<string, string | Uint8Array>>;

/** Puts everything on the ESP, in place of the entries that are there. Gives what the firmware is to start. */
export function arrange(
  disk: DiskEdit,
  attempts: readonly Attempt[],
  files: EspFiles,
  bootLoader: Buffer,
): FirmwareVariable[] {
  for (const name of disk.listEsp(ENTRIES)) disk.removeFromEsp(`${ENTRIES}/${name}`);
  disk.makeDirectoryOnEsp(DIRECTORY);
  disk.writeToEsp(BOOT_LOADER, bootLoader);
  disk.writeToEsp('/loader/loader.conf', 'timeout 0\neditor no\n');
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith('/')) disk.makeDirectoryOnEsp(inEsp(path.slice(0, -1)));
    else disk.writeToEsp(inEsp(path), content);
  }
  const options = attempts.map((attempt, index) => {
    if ('program' in attempt) {
      const path = inEsp(`${attempt.name}.efi`);
      disk.writeToEsp(path, attempt.program);
      return { name: attempt.name, path };
    }
    // Of entries with tries left, and the same key, the greatest version is the first.
    const lines = [`title ${attempt.name}`, 'sort-key attempt', `version ${100 - index}`];
    const text = [...lines, ...attempt.entry, ''].join('\n');
    disk.writeToEsp(`${ENTRIES}/${attempt.name}+1.conf`, text);
    return { name: attempt.name, path: BOOT_LOADER };
  });
  return bootOptions(disk.file, options);
}

function inEsp(name: string): string {
  return name.startsWith('/') ? name : `${DIRECTORY}/${name}`;
}

/** What the firmware says of a program that it does not start. */
export function denied(attempts: readonly Attempt[], name: string): RegExp {
  const option = optionName(attempts.findIndex((attempt) => attempt.name === name));
  return new RegExp(`failed to load ${option} "${name}" from .*: Access Denied$`);
}
