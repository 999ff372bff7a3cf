/**
 * Manual pages as plain text: the marks of the little Markdown that `docs/man` uses are taken away, and paragraphs are
 * indented as man does it.
 */

/** The page's text; it ends with a newline. */
export function renderPage(markdown: string): string {
  const lines = markdown.split('\n').filter((line) => !line.startsWith('<!--'));
  const text = lines.map(renderLine).join('\n');
  return `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`;
}

function renderLine(line: string): string {
  const heading = /^(#+) (.*)$/.exec(line);
  if (heading !== null) return withoutMarks(heading[2] ?? '');
  // Indented lines are examples, which hold no marks.
  if (line === '' || line.startsWith('    ')) return line === '' ? '' : `  ${line}`;
  const item = /^[*-] (.*)$/.exec(line);
  if (item === null) return `    ${withoutMarks(line)}`;
  const text = item[1] ?? '';
  // A term stands above its description; other items get a mark.
  return `    ${text.endsWith(':') ? '' : '- '}${withoutMarks(text)}`;
}

/** Code and emphasis become the words in them. */
function withoutMarks(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part.slice(1, -1) : withoutEmphasis(part)))
    .join('');
}

function withoutEmphasis(text: string): string {
  return text
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/(?<![\w])_([^_]+)_(?![\w])/g, '$1')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
}
