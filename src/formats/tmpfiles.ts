/** What lines of tmpfiles.d make (tmpfiles.d(5), systemd 257). Paths with specifiers or patterns are passed over: they differ by machine. */
import { systemdWords } from './systemd-words.js';

/** Types that make one thing. `+`, `!`, `-`, `=`, `~`, `^` and `$` behind it say how. */
const MAKES = /^[fFdDvqQpLcb][+!=~^$-]*$/;
/** Copies a file or a whole tree. */
const COPIES = /^C[+!=~^$-]*$/;

/** The kernel opens no longer one (limits.h). */
const PATH_MAX = 4096;

export interface TmpfilesPaths {
  /** Absolute. */
  readonly made: readonly string[];
  /** With all that is below. */
  readonly whole: readonly string[];
}

export function tmpfilesPaths(lines: readonly string[]): TmpfilesPaths {
  const made: string[] = [];
  const whole: string[] = [];
  for (const line of lines) {
    const [type = '', path = ''] = systemdWords(line);
    if (!path.startsWith('/') || path.length > PATH_MAX || /%(?!%)/.test(path.replaceAll('%%', '')))
      continue;
    const clean = path.replaceAll('%%', '%').replace(/\/+$/, '');
    if (MAKES.test(type) || COPIES.test(type)) made.push(clean);
    if (COPIES.test(type)) whole.push(clean);
  }
  return { made, whole };
}
