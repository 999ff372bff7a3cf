/** Checks that the relative links of the Markdown files lead to files that exist. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const UNCHECKED = new Set(['node_modules', 'dist', '.git']);

/** @returns {string[]} one line for each link that leads nowhere */
export function checkLinks(root) {
  return markdownFiles(root).flatMap((file) =>
    linksOf(readFileSync(file, 'utf8'))
      .filter((link) => !existsSync(join(dirname(file), link)))
      .map((link) => `${file}: the link to ${link} leads nowhere`),
  );
}

/** @returns {string[]} the Markdown files below a folder, without those of others and what is made */
export function markdownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return UNCHECKED.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Targets of inline links to files, without the part after `#`. */
function linksOf(markdown) {
  const prose = markdown.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1].replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
