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
  return `${marked.parse(markdown.replace(/^<!--.*-->\n/gm, ''))}\n`;
}
