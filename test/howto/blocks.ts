/**
 * The command blocks of a how-to page, as docs/developing.md describes them: an indented block in which a line that
 * begins with `# ` is a command and the lines after it are what it prints. A block that nobody can run has a comment
 * `<!-- not run: WHY -->` on the line above it.
 */

/** What is typed at one prompt. */
export interface Command {
  /** Line in the page, from 1. */
  readonly line: number;
  /** May have several lines: a here-document, or lines that go on after a backslash. */
  readonly text: string;
  /** Lines that it prints; empty when the page shows none. */
  readonly shown: readonly string[];
}

/** A block that is not run, and the reason that the page gives. */
export interface Unrun {
  readonly line: number;
  readonly why: string;
}

export interface Page {
  readonly commands: readonly Command[];
  readonly unrun: readonly Unrun[];
}

/** The page says something that the runner cannot do. */
export class PageError extends Error {}

const INDENT = '    ';
const PROMPT = '# ';
const MARKER = /^<!-- not run: (.*\S) -->$/;

interface Line {
  readonly number: number;
  readonly text: string;
}

/** @throws {PageError} for a block that neither begins with a prompt nor says why it is not run */
export function parsePage(markdown: string): Page {
  const commands: Command[] = [];
  const unrun: Unrun[] = [];
  for (const { marker, lines } of blocksOf(markdown)) {
    const line = lines[0]?.number ?? 0;
    if (marker !== undefined) unrun.push({ line, why: marker });
    else commands.push(...commandsOf(lines));
  }
  return { commands, unrun };
}

interface Block {
  readonly marker: string | undefined;
  readonly lines: readonly Line[];
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let block: Line[] = [];
  let marker: string | undefined;
  const end = (): void => {
    while (block.at(-1)?.text === '') block.pop();
    if (block.length > 0) blocks.push({ marker, lines: block });
    if (block.length > 0) marker = undefined;
    block = [];
  };
  for (const [index, text] of markdown.split('\n').entries()) {
    const line = { number: index + 1, text: text.slice(INDENT.length) };
    if (text.startsWith(INDENT)) block.push(line);
    else if (text === '' && block.length > 0) block.push(line);
    else if (text.startsWith('```'))
      throw new PageError(`line ${line.number}: blocks of how-tos are indented, not fenced`);
    else if (text !== '') {
      end();
      if (marker !== undefined)
        throw new PageError(`line ${line.number}: a block must follow "not run"`);
      marker = MARKER.exec(text)?.[1];
    }
  }
  end();
  return blocks;
}

function commandsOf(lines: readonly Line[]): Command[] {
  const commands: Command[] = [];
  const rest = [...lines];
  for (let line = rest.shift(); line !== undefined; line = rest.shift()) {
    if (!line.text.startsWith(PROMPT))
      throw new PageError(
        `line ${line.number}: neither a command (${PROMPT}…) nor marked as not run: ${line.text}`,
      );
    const text = takeCommand(line, rest);
    const next = rest.findIndex((later) => later.text.startsWith(PROMPT));
    const shown = rest.splice(0, next < 0 ? rest.length : next).map((later) => later.text);
    // A blank line between two commands parts them for the reader.
    while (shown.at(-1) === '') shown.pop();
    commands.push({ line: line.number, text, shown });
  }
  return commands;
}

const HERE_DOCUMENT = /<<(['"]?)([A-Za-z_]+)\1/;

/** Takes the further lines of a command from `rest`. */
function takeCommand(first: Line, rest: Line[]): string {
  const lines = [first.text.slice(PROMPT.length)];
  const take = (): string => {
    const next = rest.shift();
    if (next === undefined) throw new PageError(`line ${first.number}: the command does not end`);
    lines.push(next.text);
    return next.text;
  };
  while (/\\$/.test(lines.at(-1) ?? '')) take();
  const end = HERE_DOCUMENT.exec(lines.join('\n'))?.[2];
  if (end !== undefined) while (take() !== end) continue;
  return lines.join('\n');
}
