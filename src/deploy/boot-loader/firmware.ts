/** The firmware that will start what is on a sysroot's ESP. */
import type { Sysroot } from '../host/sysroot.js';
import { firmwareAccepts, type FirmwareVerdict } from './firmware-keys.js';

/** Whether a machine's firmware starts a file. */
export type FirmwareJudge = (bytes: Uint8Array) => FirmwareVerdict;

/** Undefined for a sysroot that does not run: another machine may start it, with other keys. */
export function firmwareOf({ isHost }: Sysroot): FirmwareJudge | undefined {
  return isHost ? (bytes) => firmwareAccepts(bytes) : undefined;
}
