/**
 * Names of boot entry files with their boot counters (UAPI.1 Boot Loader Specification, "Boot counting"; systemd
 * AUTOMATIC_BOOT_ASSESSMENT): `NAME.conf`, `NAME+LEFT.conf`, `NAME+LEFT-DONE.conf`.
 */

/** Tries that are left, and those that were used up. */
export interface BootCounter {
  readonly left: number;
  readonly done: number;
}

export interface EntryFileName {
  readonly file: string;
  /** The name without its counter: what the boot loader calls the entry. */
  readonly id: string;
  /** Undefined when boots of the entry are not counted. */
  readonly counter: BootCounter | undefined;
  /** What the name says when it is one of ours: `rootseal-<name>-<serial>.conf`. */
  readonly own: { readonly name: string; readonly serial: number } | undefined;
}

const FILE = /^(.+?)(?:\+(\d{1,9})(?:-(\d{1,9}))?)?\.conf$/s;
const OWN = /^rootseal-([A-Za-z0-9][A-Za-z0-9._~-]*)-([1-9]\d{0,15})\.conf$/;

/** Undefined when it is not the name of a boot entry. */
export function parseEntryFileName(file: string): EntryFileName | undefined {
  const [, stem, left, done] = FILE.exec(file) ?? [];
  if (stem === undefined || file.startsWith('.')) return undefined;
  const id = `${stem}.conf`;
  const [, name, serial] = OWN.exec(id) ?? [];
  const isOwn = name !== undefined && Number.isSafeInteger(Number(serial));
  return {
    file,
    id,
    counter: left === undefined ? undefined : { left: Number(left), done: Number(done ?? 0) },
    own: isOwn ? { name, serial: Number(serial) } : undefined,
  };
}
