/** The check that files which documents and comments name are there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scratchDirectory } from '../../helpers/scratch.js';

const file = path.join(process.cwd(), 'test/setup/paths.mjs');
const { checkPaths } = (await import(pathToFileURL(file).href)) as {
  checkPaths: (root: string) => string[];
};

test('what a document or a comment names and is not there is a finding', (t) => {
  const root = scratchDirectory(t);
  const write = (name: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  };
  const [there, moved, lost] = ['src/a/there.ts', 'src/a/moved.ts', 'docs/schema/x.json'] as const;
  write(there, `/** As ${there} and ${moved} (${lost}). */\nf('src/a/not-a-comment.ts');`);
  write('README.md', `\`${there}\`, \`src/b/\`, \`src/a/\`, \`src/a/NAME.ts\`, ${moved}`);
  write('initramfs/test/x.c', '// nothing');
  write('initramfs/README.md', '`test/x.c`');
  assert.deepEqual(checkPaths(root).sort(), [
    'README.md: there is no src/a/moved.ts',
    'README.md: there is no src/b/',
    'src/a/there.ts: there is no docs/schema/x.json',
    'src/a/there.ts: there is no src/a/moved.ts',
  ]);
});
