/** Links in the documentation of a package, where not everything lies that is in a checkout, and not at the same place. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A fenced block, a link, or code: links in blocks and code are none. */
const PARTS = /^```[^]*?^```|\[((?:`[^`]*`|[^`[\]])*)\]\(([^)\s#]+)(#[^)\s]*)?\)|`[^`\n]*`/gm;

/**
 * Makes the links of all Markdown files below a folder of a package lead to where their targets are there. What leads to a file that
 * the package does not have becomes its text.
 *
 * @param {string} root the package
 * @param {string} folder where its documentation is, relative to `root`, as in a checkout
 * @param {(path: string) => string} placeOf where in the package a file of the checkout is, if it is there
 */
export function settleLinks(root, folder, placeOf) {
  const files = readdirSync(join(root, folder), { recursive: true }).map(String);
  for (const file of files.filter((name) => isOwnPage(name))) {
    const place = join(root, folder, file);
    const text = readFileSync(place, 'utf8');
    const settled = text.replaceAll(PARTS, (whole, label, target, anchor = '') => {
      if (target === undefined || /^[a-z]+:/.test(target)) return whole;
      const found = placeOf(join(dirname(file), target));
      if (!existsSync(join(root, found))) return label;
      return `[${label}](${relative(dirname(join(folder, file)), found)}${anchor})`;
    });
    if (settled !== text) writeFileSync(place, settled);
  }
}

function isOwnPage(name) {
  return name.endsWith('.md') && !name.split('/').includes('node_modules');
}
