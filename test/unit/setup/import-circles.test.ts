/** No files of the project import each other in a circle. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scratchDirectory } from '../../helpers/scratch.js';

const file = path.join(process.cwd(), 'test/setup/lint/import-circles.mjs');
const { importCircles } = (await import(pathToFileURL(file).href)) as {
  importCircles: (root: string, folders: readonly string[]) => string[];
};

function circlesOf(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const root = scratchDirectory(t);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return importCircles(root, ['src']);
}

test('no file of the program or its tests reaches itself by its imports', () => {
  assert.deepEqual(importCircles(process.cwd(), ['src', 'test', 'bin']), []);
});

for (const [what, line] of [
  ['values', "import { x } from './sub/b.js';"],
  ['types', "import type { X } from './sub/b.js';"],
  ['effects', "import './sub/b.js';"],
  ['what it exports again', "export * from './sub/b.js';"],
] as const)
  test(`a circle by ${what} is found once, and told in its shortest form`, (t) => {
    const found = circlesOf(t, {
      'src/a.ts': line,
      'src/sub/b.ts': "import { y } from '../c.mjs';",
      'src/c.mjs': "import { z } from './a.js';\nimport { w } from './d.mjs';",
      'src/d.mjs': "import { z } from './a.js';",
    });
    assert.deepEqual(found.slice(0, 1), ['src/a.ts → src/sub/b.ts → src/c.mjs → src/a.ts']);
  });

test('a file that imports itself is a circle', (t) => {
  assert.deepEqual(circlesOf(t, { 'src/a.ts': "import { x } from './a.js';" }), [
    'src/a.ts → src/a.ts',
  ]);
});

test('what only meets again below, or is loaded later, is not a circle', (t) => {
  const found = circlesOf(t, {
    'src/a.ts': "import './b.js';\nimport './c.js';\nimport 'node:fs';",
    'src/b.ts': "import './c.js';",
    'src/c.ts': "export const load = () => import('./a.js');",
  });
  assert.deepEqual(found, []);
});
