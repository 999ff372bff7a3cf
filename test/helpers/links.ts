/** Links of Markdown files. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { checkLinks } = (await import(
  pathToFileURL(join(process.cwd(), 'test/setup/links.mjs')).href
)) as { checkLinks: (root: string) => string[] };

/** One line for each relative link in a Markdown file below a folder that leads nowhere. */
export function deadLinks(folder: string): string[] {
  return checkLinks(folder);
}
