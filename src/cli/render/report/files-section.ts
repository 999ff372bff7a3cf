/** Which files changed, and by how much. */
import { areaBytes, type ChangeArea } from '../../../disk/report/change-areas.js';
import type { FileChange } from '../../../disk/report/file-changes.js';
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Html } from '../../../formats/html/element.js';
import { formatBytes } from '../units.js';
import { bar } from './bars.js';
import { capList } from './capped-list.js';
import { countOf } from './shown-names.js';
import { folded, paragraph, pathCode, section, table } from './parts.js';

/** Files that are seen at once, and that are there behind them. */
const OPEN_MAX = 20;
const LISTED_MAX = 200;

export function filesSection(facts: ReportFacts): Html {
  const { entries, otherCount } = facts.files;
  const contents = entries.filter(({ kind }) => kind !== 'attributes');
  const attributes = entries.filter(({ kind }) => kind === 'attributes');
  const others =
    otherCount === 0
      ? []
      : [
          paragraph(
            `Not listed: ${countOf(otherCount, 'path')} of which only the time, the number of names, or a directory differs.`,
            'quiet',
          ),
        ];
  if (contents.length === 0)
    return section('files', 'Files', [
      paragraph('No file has another content.'),
      ...attributeParts(attributes),
      ...others,
    ]);
  return section('files', 'Files', [
    paragraph(
      'A file counts with the size of its new content, a removed one with that of its old. A file with several names counts once.',
    ),
    legend(),
    areaTable(facts.areas),
    ...mostChanged(contents),
    ...attributeParts(attributes),
    ...others,
  ]);
}

function legend(): Html {
  const entry = (className: string, text: string) =>
    element('li', {}, [element('span', { class: `key ${className}` }), text]);
  return element('ul', { class: 'legend', 'aria-label': 'Colours of the bars' }, [
    entry('added', 'new'),
    entry('modified', 'replaced'),
    entry('deleted', 'removed'),
  ]);
}

function areaTable(areas: readonly ChangeArea[]): Html {
  const largest = areas.reduce((most, area) => Math.max(most, areaBytes(area)), 0);
  return table({
    caption: 'Where the bytes changed',
    className: 'bars',
    columns: [
      { heading: 'Directory' },
      { heading: 'Files', isNumber: true },
      { heading: 'Size', isNumber: true },
    ],
    rows: areas.map((area) => [
      [
        ...(area.isRest ? ['elsewhere in '] : []),
        pathCode(area.path),
        bar(
          [
            { className: 'added', value: area.addedBytes },
            { className: 'modified', value: area.modifiedBytes },
            { className: 'deleted', value: area.deletedBytes },
          ],
          largest,
        ),
        element('span', { class: 'note' }, describeParts(area)),
      ],
      area.fileCount.toLocaleString('en'),
      formatBytes(areaBytes(area)),
    ]),
  });
}

function describeParts({ addedBytes, modifiedBytes, deletedBytes }: ChangeArea): string {
  const parts: (readonly [number, string])[] = [
    [addedBytes, 'new'],
    [modifiedBytes, 'replaced'],
    [deletedBytes, 'removed'],
  ];
  return parts
    .filter(([bytes]) => bytes > 0)
    .map(([bytes, word]) => `${formatBytes(bytes)} ${word}`)
    .join(' · ');
}

function mostChanged(contents: readonly FileChange[]): Html[] {
  const { shown, left } = capList(contents, LISTED_MAX, ({ path }) => path.length);
  const largest = shown[0]?.bytes ?? 0;
  const [open, more] = [shown.slice(0, OPEN_MAX), shown.slice(OPEN_MAX)];
  const counts = (['added', 'modified', 'deleted'] as const).map(
    (kind) => contents.filter((entry) => entry.kind === kind).length,
  );
  const [added = 0, modified = 0, deleted = 0] = counts;
  const intro = `${countOf(contents.length, 'file')} changed: ${added.toLocaleString('en')} new, ${modified.toLocaleString('en')} replaced, ${deleted.toLocaleString('en')} removed.`;
  const parts = [
    element('h3', {}, 'Most changed files'),
    paragraph(intro),
    fileTable(
      `The ${open.length === contents.length ? 'files' : `${open.length} most changed files`}`,
      open,
      largest,
    ),
  ];
  if (more.length > 0)
    parts.push(
      folded(
        `The next ${countOf(more.length, 'file')}`,
        fileTable(`The next ${countOf(more.length, 'file')}`, more, largest),
      ),
    );
  if (left.length > 0) {
    const bytes = left.reduce((sum, entry) => sum + entry.bytes, 0);
    parts.push(
      paragraph(
        `And ${countOf(left.length, 'more file')} with ${formatBytes(bytes)} together, none larger than ${formatBytes(left[0]?.bytes ?? 0)}. rootseal diff lists every one of them (“Verify it elsewhere”).`,
        'more',
      ),
    );
  }
  return parts;
}

const WORDS = { added: 'new', modified: 'replaced', deleted: 'removed' } as const;

function fileTable(caption: string, files: readonly FileChange[], largest: number): Html {
  return table({
    caption,
    className: 'bars',
    columns: [{ heading: 'Path' }, { heading: 'Change' }, { heading: 'Size', isNumber: true }],
    rows: files.map(({ kind, path, bytes, from, to }) => {
      const className = kind === 'attributes' ? 'modified' : kind;
      return [
        [pathCode(path), bar([{ className, value: bytes }], largest)],
        WORDS[className],
        [
          formatBytes(bytes),
          kind === 'modified' && from !== to
            ? element('span', { class: 'note' }, `was ${formatBytes(from ?? 0)}`)
            : undefined,
        ],
      ];
    }),
  });
}

function attributeParts(attributes: readonly FileChange[]): Html[] {
  if (attributes.length === 0) return [];
  const { shown, left } = capList(attributes, LISTED_MAX, ({ path, fields }) =>
    fields.reduce((sum, { from, to }) => sum + from.length + to.length, path.length),
  );
  const rows = shown.flatMap(({ path, fields }) =>
    fields.map(({ field, from, to }) => [[pathCode(path)], field, from, to]),
  );
  const title = `${countOf(attributes.length, 'file')} with another owner, mode or attribute, and the same content`;
  return [
    folded(title, [
      table({
        caption: 'Owners, modes and attributes',
        columns: [
          { heading: 'Path' },
          { heading: 'Field' },
          { heading: 'Before' },
          { heading: 'After' },
        ],
        rows,
      }),
      ...(left.length === 0
        ? []
        : [paragraph(`And ${countOf(left.length, 'more file')}.`, 'more')]),
    ]),
  ];
}
