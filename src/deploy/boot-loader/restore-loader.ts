/**
 * The boot loader on the ESP of a machine with Secure Boot. Packages and `bootctl` may replace the signed one by one that firmware does not
 * start; the one of the release is put there again.
 */
import { readSmallFile } from '../../repo/durable.js';
import { describeError, isSystemError, RootsealError } from '../../util/errors.js';
import { isSystemdBoot } from '../../release/secure-boot/signable.js';
import type { EfiArchitecture } from '../../formats/gpt/identifiers.js';
import { replaceFile } from './durable-esp.js';
import { firmwareAccepts, type FirmwareKeys } from './firmware-keys.js';

/** Longer files are not read: no boot loader is. */
const LOADER_SIZE_MAX = 16 * 1024 * 1024;

export interface LoaderPlaces {
  /** Root of the ESP. */
  readonly boot: string;
  readonly architecture: EfiArchitecture;
  /** The boot loader of the release that is the default; undefined when it has none. */
  readonly release: Buffer | undefined;
  readonly keys: FirmwareKeys;
}

/** A sentence each. */
export interface LoaderRepair {
  /** What was done. */
  readonly done: readonly string[];
  /** What is wrong still. */
  readonly problems: readonly string[];
}

/**
 * Replaces each systemd-boot on the ESP that is not that of the release, when firmware starts the latter. Nothing happens without Secure
 * Boot, and nothing to a boot loader that is not systemd-boot, or is not there.
 */
export function restoreLoader({ boot, architecture, release, keys }: LoaderPlaces): LoaderRepair {
  const done: string[] = [];
  const problems: string[] = [];
  if (!keys.isEnforced) return { done, problems };
  const isUsable = release !== undefined && firmwareAccepts(release, keys).isAccepted;
  for (const name of [
    `EFI/systemd/systemd-boot${architecture}.efi`,
    `EFI/BOOT/BOOT${architecture.toUpperCase()}.EFI`,
  ]) {
    try {
      if (restoreFile(`${boot}/${name}`, isUsable ? release : undefined)) {
        done.push(`replaced ${name} by the boot loader of the release`);
        continue;
      }
      const reason = whyNotStarted(`${boot}/${name}`, keys);
      if (reason !== undefined)
        problems.push(`the firmware does not start ${name} on the ESP: ${reason}`);
    } catch (error) {
      // An ESP that is full, or cannot be read: the other one may be put right all the same.
      if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
      problems.push(`${name} on the ESP: ${describeError(error)}`);
    }
  }
  return { done, problems };
}

/** Whether another systemd-boot is replaced. */
function restoreFile(file: string, release: Buffer | undefined): boolean {
  const found = readSmallFile(file, LOADER_SIZE_MAX);
  if (found === undefined || release === undefined) return false;
  if (!isSystemdBoot(found) || found.equals(release)) return false;
  replaceFile(file, release);
  return true;
}

function whyNotStarted(file: string, keys: FirmwareKeys): string | undefined {
  const found = readSmallFile(file, LOADER_SIZE_MAX);
  const verdict = found && firmwareAccepts(found, keys);
  return verdict?.isAccepted === false ? verdict.reason : undefined;
}
