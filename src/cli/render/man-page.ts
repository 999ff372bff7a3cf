/**
 * Manual pages as plain text: the marks of the little Markdown that `docs/man` uses are taken away, and paragraphs are
 * indented and filled as man does it.
 */
import { wrapText } from '../usage/wrap.js';

/**
 * The page's text; it ends with a newline.
 * @param width of a line, in characters; examples keep their lines
 */
export function renderPage(markdown: string, width: number): string {
  const page = new Page(width);
  for (const line of markdown.split('\n')) if (!line.startsWith('<!--')) page.add(line);
  return page.end();
}

/** Where text begins: a paragraph, and what belongs to an item. */
const PARAGRAPH = '    ';
const ITEM = '      ';

class Page {
  private readonly width: number;
  private readonly lines: string[] = [];
  private words: string[] = [];
  /** Before the first line of the paragraph that is being filled, and before the others. */
  private indents: readonly [first: string, others: string] = [PARAGRAPH, PARAGRAPH];

  constructor(width: number) {
    this.width = width;
  }

  add(line: string): void {
    const heading = /^(#+) (.*)$/.exec(line);
    const item = /^[*-] (.*)$/.exec(line);
    // Indented lines are examples, which hold no marks.
    if (heading !== null) this.addHeading(withoutMarks(heading[2] ?? ''));
    else if (line === '') this.print('');
    else if (line.startsWith('    ')) this.print(`  ${line}`);
    else if (item !== null) this.beginItem(item[1] ?? '');
    else this.fill(line);
  }

  end(): string {
    this.flush();
    return `${this.lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim()}\n`;
  }

  private addHeading(text: string): void {
    this.flush();
    for (const line of wrapText(text, this.width)) this.lines.push(line);
  }

  /** A term stands above its description; other items get a mark. */
  private beginItem(text: string): void {
    this.flush();
    const isTerm = text.endsWith(':');
    this.indents = [isTerm ? PARAGRAPH : `${PARAGRAPH}- `, ITEM];
    this.words.push(text);
    if (isTerm) this.flush();
  }

  private fill(line: string): void {
    if (this.words.length === 0) {
      const indent = line.startsWith('  ') ? ITEM : PARAGRAPH;
      this.indents = [indent, indent];
    }
    this.words.push(line.trim());
  }

  private print(line: string): void {
    this.flush();
    this.lines.push(line);
  }

  private flush(): void {
    if (this.words.length === 0) return;
    const [first, others] = this.indents;
    const text = withoutMarks(this.words.join(' '));
    this.words = [];
    for (const [index, line] of wrapText(text, this.width - others.length).entries())
      this.lines.push(`${index === 0 ? first : others}${line}`);
  }
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
