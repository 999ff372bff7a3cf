/**
 * Variables by which boot loader and system tell each other things (Boot Loader Interface, systemd 257), from efivarfs: four
 * bytes of attributes, then UTF-16 with a final NUL.
 */
import fs from 'node:fs';
import type { LoaderVariables } from '../../formats/boot/choice.js';
import { hasErrno } from '../../util/errors.js';

const DIRECTORY = '/sys/firmware/efi/efivars';
/** EFI_VARIABLE vendor of systemd's boot loader interface. */
const LOADER_VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const ATTRIBUTES_SIZE = 4;
const VALUE_MAX = 1 << 16;

export interface LoaderState extends LoaderVariables {
  /** The entry that was started; without a counter. */
  readonly selected?: string | undefined;
  /** Path of the counted entry's file on the ESP; present while the running boot is a try. */
  readonly bootCountPath?: string | undefined;
  /** Name and version of the boot loader. */
  readonly info?: string | undefined;
}

/** What cannot be read is not there. */
export function readLoaderState(directory: string = DIRECTORY): LoaderState {
  const read = (name: string): string | undefined => readVariable(directory, name);
  return {
    oneShot: read('LoaderEntryOneShot'),
    default: read('LoaderEntryDefault'),
    selected: read('LoaderEntrySelected'),
    bootCountPath: read('LoaderBootCountPath'),
    info: read('LoaderInfo'),
  };
}

function readVariable(directory: string, name: string): string | undefined {
  try {
    const bytes = fs.readFileSync(`${directory}/${name}-${LOADER_VENDOR}`);
    return decodeVariable(bytes);
  } catch (error) {
    // EIO: a variable that the firmware cannot give; efivarfs has empty files for half-deleted ones.
    if (['ENOENT', 'ENOTDIR', 'EIO', 'EACCES', 'EINTR'].some((errno) => hasErrno(error, errno)))
      return undefined;
    throw error;
  }
}

/** The text of a variable's file; undefined when it has none. */
export function decodeVariable(bytes: Uint8Array): string | undefined {
  if (bytes.length <= ATTRIBUTES_SIZE || bytes.length > VALUE_MAX) return undefined;
  const text = Buffer.from(bytes.subarray(ATTRIBUTES_SIZE)).toString('utf16le');
  return text.split('\0', 1)[0];
}
