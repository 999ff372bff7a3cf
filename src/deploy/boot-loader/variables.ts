/** Variables by which boot loader and system tell each other things (systemd.io/BOOT_LOADER_INTERFACE, systemd 257), from efivarfs. */
import type { LoaderVariables } from '../../formats/boot-loader/choice.js';
import {
  decodeFlagVariable,
  decodeTextVariable,
  isOfThisBoot,
  VARIABLE_SIZE_MAX,
} from '../../formats/boot-loader/loader-variable.js';
import { GUID } from '../../formats/efi-variables/efi-guid.js';
import { readSmallFile } from '../../repo/durable.js';
import { hasErrno, RootsealError } from '../../util/errors.js';

/** Where efivarfs is mounted. */
export const EFIVARS_DIRECTORY = '/sys/firmware/efi/efivars';
/** Vendor of systemd's boot loader interface. */
const LOADER_VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/** What the boot loader said when it started the running system, and what it was told for the next time. */
export interface LoaderState extends LoaderVariables {
  /** The entry that was started; without a counter. */
  readonly selected?: string | undefined;
  /** Path of the counted entry's file on the ESP, with `\`; it stays after the boot was blessed. */
  readonly bootCountPath?: string | undefined;
  /** UUID of the ESP that the boot loader was read from, lower case. */
  readonly devicePartUuid?: string | undefined;
  /** Name and version of the boot loader, as `systemd-boot 257.8`. */
  readonly info?: string | undefined;
  readonly stub?: string | undefined;
  readonly secureBoot?: boolean | undefined;
}

/**
 * What cannot be read is not there: no variable is worth failing for. What the boot loader says of this boot is believed only where the
 * variable was made at this boot; what it is told, or remembers, for the next one is non-volatile by its nature.
 */
export function readLoaderState(directory: string = EFIVARS_DIRECTORY): LoaderState {
  const kept = (name: string) => readVariable(`${directory}/${name}-${LOADER_VENDOR}`);
  const told = (name: string) => decodeTextVariable(kept(name));
  const said = (name: string) => decodeTextVariable(ofThisBoot(kept(name)));
  return {
    oneShot: told('LoaderEntryOneShot'),
    default: told('LoaderEntryDefault'),
    saved: told('LoaderEntryLastBooted'),
    selected: said('LoaderEntrySelected'),
    bootCountPath: said('LoaderBootCountPath'),
    devicePartUuid: said('LoaderDevicePartUUID')?.toLowerCase(),
    info: said('LoaderInfo'),
    stub: said('StubInfo'),
    secureBoot: decodeFlagVariable(
      ofThisBoot(readVariable(`${directory}/SecureBoot-${GUID.EFI_GLOBAL_VARIABLE}`)),
    ),
  };
}

const ABSENT = Buffer.alloc(0);
/** EIO and EINTR: the firmware does not give it, or was asked too often. */
const UNREADABLE = ['EIO', 'EINTR', 'EACCES', 'EPERM', 'EISDIR'];

function ofThisBoot(file: Buffer): Buffer {
  return isOfThisBoot(file) ? file : ABSENT;
}

function readVariable(file: string): Buffer {
  try {
    return readSmallFile(file, VARIABLE_SIZE_MAX) ?? ABSENT;
  } catch (error) {
    if (UNREADABLE.some((errno) => hasErrno(error, errno))) return ABSENT;
    // A fifo, or a link that leads nowhere, in its place.
    if (error instanceof RootsealError && error.code === 'FORMAT_INVALID') return ABSENT;
    throw error;
  }
}
