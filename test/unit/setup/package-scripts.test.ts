/** The scripts of package.json, as npm runs them and as the documents name them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const links = path.join(process.cwd(), 'test/setup/links.mjs');
const { markdownFiles } = (await import(pathToFileURL(links).href)) as {
  markdownFiles: (folder: string) => string[];
};

const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

test('no script is run before or after another one because of its name alone', () => {
  // `npm run X` runs `preX` and `postX`, too: `prepack`, which refuses, would end a script called `pack`.
  const names = Object.keys(scripts);
  const hooks = names.flatMap((name) => [`pre${name}`, `post${name}`]);
  assert.deepEqual(
    names.filter((name) => hooks.includes(name)),
    [],
  );
});

test('each script that a document names is there', () => {
  const named = markdownFiles('.').flatMap((file) =>
    [...fs.readFileSync(file, 'utf8').matchAll(/\bnpm run (?:--silent )?([a-z][a-z:]*)/g)].map(
      ([, name]) => ({ file, name: name ?? '' }),
    ),
  );
  assert.ok(named.length > 10, `${named.length} found`);
  assert.deepEqual(
    named.filter(({ name }) => !(name in scripts)),
    [],
  );
});
