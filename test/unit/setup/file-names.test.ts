/** A file's name alone says which file it is: in a stack trace, in the tab of an editor. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

test('no two files of the program have the same name', () => {
  const folders = new Map<string, string[]>();
  for (const file of fs.readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    // Those of commands are called as their command is, and are hardly ever in a stack trace alone.
    if (!file.endsWith('.ts') || file.startsWith('cli/commands/')) continue;
    const name = path.basename(file);
    folders.set(name, [...(folders.get(name) ?? []), path.dirname(file)]);
  }
  assert.deepEqual(
    [...folders].filter(([, all]) => all.length > 1),
    [],
  );
});
