/** Users and groups that lines of sysusers.d make (sysusers.d(5), systemd 257). */
import { systemdWords } from './systemd-words.js';

export interface Sysusers {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export function parseSysusers(lines: readonly string[]): Sysusers {
  const users = new Set<string>();
  const groups = new Set<string>();
  for (const line of lines) {
    const [type = '', name = '', id = ''] = systemdWords(line);
    if (/^u!?$/.test(type)) {
      users.add(name);
      // A user gets a group of the same name, unless the line names another one.
      if (!/^[^:]+:./.test(id)) groups.add(name);
    }
    if (type === 'g') groups.add(name);
    if (type === 'm') {
      users.add(name);
      groups.add(id);
    }
  }
  return { users, groups };
}
