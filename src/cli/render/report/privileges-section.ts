/** Files that run with more than their caller has. */
import type { PrivilegeChange } from '../../../disk/report/privileged-files.js';
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Content, type Html } from '../../../formats/html/element.js';
import type { Privileges } from '../../../formats/tree/privileges.js';
import { capList } from './capped-list.js';
import { countOf } from './shown-names.js';
import { code, paragraph, pathCode, section, table } from './parts.js';

const LISTED_MAX = 150;
const SETUID = 0o4000;
const SETGID = 0o2000;

const WORDS = {
  appeared: 'appeared',
  changed: 'changed',
  content: 'new content',
  gone: 'gone',
} as const;

export function privilegesSection({ privileges: { entries, count } }: ReportFacts): Html {
  const all = `${countOf(count, 'file')} of the newer release ${count === 1 ? 'has' : 'have'} such privileges.`;
  const intro = paragraph(
    `Files with setuid, setgid or file capabilities run with more than their caller has. ${all}`,
  );
  if (entries.length === 0)
    return section('privileges', 'Privileged files', [
      intro,
      paragraph('None appeared, none is gone, and all of them have the same content as before.'),
    ]);
  const { shown, left } = capList(entries, LISTED_MAX, ({ path }) => path.length + 60);
  return section('privileges', 'Privileged files', [
    intro,
    table({
      caption: 'Privileged files that differ',
      columns: [{ heading: 'Path' }, { heading: 'What' }, { heading: 'Runs with' }],
      rows: shown.map(describeRow),
    }),
    left.length === 0 ? undefined : paragraph(`And ${countOf(left.length, 'more file')}.`, 'more'),
  ]);
}

function describeRow({ kind, path, from, to }: PrivilegeChange): readonly Content[] {
  const isWarning = kind === 'appeared' || kind === 'changed';
  return [
    pathCode(path),
    isWarning ? element('strong', { class: 'alert' }, WORDS[kind]) : WORDS[kind],
    kind === 'changed'
      ? [
          `before, ${from?.mode ?? ''}: `,
          ...describe(from),
          element('br'),
          `after, ${to?.mode ?? ''}: `,
          ...describe(to),
        ]
      : describe(to ?? from),
  ];
}

function describe(privileges: Privileges | undefined): (string | Html)[] {
  if (privileges === undefined) return [];
  const { mode, uid, gid, capabilities } = privileges;
  const bits = Number.parseInt(mode, 8);
  const parts: (string | Html)[][] = [
    ...((bits & SETUID) === 0 ? [] : [[`setuid ${nameOf('user', uid)}`]]),
    ...((bits & SETGID) === 0 ? [] : [[`setgid ${nameOf('group', gid)}`]]),
    ...(capabilities === null ? [] : [[code(capabilities)]]),
  ];
  return parts.flatMap((part, index) => (index === 0 ? part : [', ', ...part]));
}

function nameOf(what: 'user' | 'group', id: number): string {
  return id === 0 ? 'root' : `${what} ${id}`;
}
