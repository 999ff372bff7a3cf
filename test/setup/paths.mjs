/** Checks that the files of the project that its documents and comments name are there. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const UNCHECKED = new Set(['node_modules', 'dist', '.git', 'CHANGELOG.md', 'unreleased']);
/** Made by a build, or names that stand for any. */
const NOT_KEPT = /^initramfs\/(?:build|prebuilt)\b|[A-Z]{4}/;
/** Sources of systemd, QEMU and bootc begin with such words, too. */
const OF_OTHERS = /^(?:src\/(?:boot|fundamental)|docs\/(?:interop|src))\//;
const PATH =
  /(?<![\w./@-])(?:src|test|docs|initramfs|packaging|systemd)\/[\w./-]*\.(?:[a-z]+\.)?[a-z]+\b|`(?:src|test|docs)\/[\w/-]+`/g;

/** @returns {string[]} one line for each path that leads nowhere */
export function checkPaths(root) {
  return textsBelow(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const named = (file.endsWith('.md') ? [text] : commentsOf(text)).flatMap((part) =>
      [...part.matchAll(PATH)].map(([path]) => path.replaceAll('`', '')),
    );
    return named
      .filter((path) => !NOT_KEPT.test(path) && !OF_OTHERS.test(path))
      .filter((path) => ![root, join(root, dirname(file))].some((at) => existsSync(join(at, path))))
      .map((path) => `${file}: there is no ${path}`);
  });
}

/** Relative to `root`. */
function textsBelow(root, folder = '.') {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (UNCHECKED.has(entry.name)) return [];
    if (entry.isDirectory()) return textsBelow(root, path);
    return /\.(?:md|ts|mjs|c|h)$/.test(entry.name) ? [path] : [];
  });
}

function commentsOf(source) {
  return source.match(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm) ?? [];
}
