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

/** `INT_MAX`: what has more is not a counter. */
const COUNT_MAX = 0x7fffffff;
const COUNTED = /^(.*)\+(\d+)(?:-(\d+))?$/s;
const SUFFIX = '.conf';
const OWN = /^rootseal-([A-Za-z0-9][A-Za-z0-9._~-]*)-([1-9]\d{0,15})\.conf$/;

/** Undefined when it is not the name of a boot entry. The boot loader has no regard for the case of `.conf`; ours is lower. */
export function parseEntryFileName(file: string): EntryFileName | undefined {
  if (!/^(?!\.|auto-).*\.conf$/is.test(file)) return undefined;
  const whole = file.slice(0, -SUFFIX.length);
  const { stem, counter } = splitCounter(whole);
  const id = `${stem}${SUFFIX}`;
  const [, name, serial] = (file.endsWith(SUFFIX) ? OWN.exec(id) : null) ?? [];
  const isOwn = name !== undefined && Number.isSafeInteger(Number(serial));
  return { file, id, counter, own: isOwn ? { name, serial: Number(serial) } : undefined };
}

function splitCounter(whole: string): { stem: string; counter: BootCounter | undefined } {
  const [, stem, left, done] = COUNTED.exec(whole) ?? [];
  const counter = { left: Number(left), done: Number(done ?? 0) };
  const isCounter = stem !== undefined && Math.max(counter.left, counter.done) <= COUNT_MAX;
  return isCounter ? { stem, counter } : { stem: whole, counter: undefined };
}
