/** Manual pages from Markdown. Importing this takes the npm packages. */
import { readFileSync } from 'node:fs';
import { marked } from 'marked';
import markedMan from 'marked-man';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
markedMan.manVersion = version;
markedMan.manual = 'rootseal manual';
markedMan.breaks = false;
marked.use(markedMan);

/** A page as roff. Comments would become text, so they are left out. The page's date is SOURCE_DATE_EPOCH or today. */
export function toRoff(markdown) {
  const text = markdown.replace(/^<!--.*-->\n/gm, '').replace(DEFINITION, '$1:\n');
  return `${marked.parse(text)}\n`;
}

/**
 * A list item that says what an option or a value means: code and emphasis, then a colon. marked-man wants a line of its own for
 * that, which the formatter of Markdown joins with the text.
 */
const DEFINITION = /^([*-] [`_](?:`[^`]*`|_[^_\s][^_]*_|[\s,|.…[\]=-])*):(?: |\n *)/gm;
