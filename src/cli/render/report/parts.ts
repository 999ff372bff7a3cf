/** What several sections of a report's page are made of. */
import { element, together, type Content, type Html } from '../../../formats/html/element.js';
import { toDisplay, type ByteString } from '../../../util/bytes.js';

/** A heading with what belongs to it. `id` is for links inside the page. */
export function section(id: string, heading: string, content: Content): Html {
  const headingId = `${id}-heading`;
  return element('section', { id, 'aria-labelledby': headingId }, [
    element('h2', { id: headingId }, heading),
    together(content),
  ]);
}

export function paragraph(content: Content, className?: string): Html {
  return element('p', { class: className }, content);
}

/** Something to be read letter by letter: a path, a version, a digest. */
export function code(text: string): Html {
  return element('code', {}, text);
}

export function pathCode(path: ByteString): Html {
  return code(toDisplay(path));
}

export interface Column {
  readonly heading: string;
  readonly isNumber?: true;
}

export interface Table {
  readonly caption: Content;
  readonly className?: string;
  readonly columns: readonly Column[];
  /** The first cell of each row is its heading. */
  readonly rows: readonly (readonly Content[])[];
}

export function table({ caption, className, columns, rows }: Table): Html {
  const head = columns.map(({ heading, isNumber }) =>
    element('th', { scope: 'col', class: isNumber === true ? 'number' : undefined }, heading),
  );
  return element('table', { class: className }, [
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, head)),
    element(
      'tbody',
      {},
      rows.map((cells) => row(cells, columns)),
    ),
  ]);
}

function row(cells: readonly Content[], columns: readonly Column[]): Html {
  const made = cells.map((cell, index) =>
    index === 0
      ? element('th', { scope: 'row' }, cell)
      : element('td', { class: columns[index]?.isNumber === true ? 'number' : undefined }, cell),
  );
  return element('tr', {}, [...made, '\n']);
}

/** What is there for whoever wants it, opened by a key or a click. */
export function folded(summary: string, content: Content): Html {
  return element('details', {}, [element('summary', {}, summary), together(content)]);
}

/** A word about a state: with a sign in front of it, so that it does not depend on a colour. */
export function verdict(kind: 'good' | 'bad' | 'open', text: string): Html {
  const sign = { good: '✓', bad: '✗', open: '–' }[kind];
  return element('span', { class: `verdict ${kind}` }, [
    element('span', { 'aria-hidden': 'true' }, `${sign} `),
    text,
  ]);
}
