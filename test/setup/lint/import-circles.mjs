/** Files that import each other in a circle: none of them can be read, moved or tested alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/**
 * Looks at `import … from` and `export … from`, of types too. What is loaded later by `import()` does not count.
 *
 * @param {string} root
 * @param {readonly string[]} folders below `root`
 * @returns {string[]} one shortest circle for each group of files that reach each other: `a.ts → b.ts → a.ts`
 */
export function importCircles(root, folders) {
  const graph = new Map(
    folders.flatMap((folder) =>
      sourceFiles(join(root, folder)).map((file) => [file, importsOf(file)]),
    ),
  );
  const circles = [];
  const told = new Set();
  for (const file of graph.keys()) {
    if (told.has(file)) continue;
    const circle = shortestCircle(graph, file);
    if (circle === undefined) continue;
    for (const member of circle) told.add(member);
    circles.push([...circle, file].map((member) => relative(root, member)).join(' → '));
  }
  return circles;
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(?:ts|mjs)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function importsOf(file) {
  const { statements } = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
  );
  return statements
    .filter((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one))
    .map((one) => one.moduleSpecifier?.text)
    .filter((specifier) => specifier?.startsWith('.'))
    .map((specifier) => join(file, '..', specifier).replace(/\.js$/, '.ts'));
}

/** From `start` back to it, breadth first; undefined when no way leads back. */
function shortestCircle(graph, start) {
  const ways = [[start]];
  const seen = new Set();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1)) ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
