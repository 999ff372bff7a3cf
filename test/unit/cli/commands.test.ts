import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommands } from '../../../src/cli/commands/index.js';

test('each command is loaded by its own first word', async () => {
  const all = await loadCommands();
  const names = all.map(({ command }) => command.split(' ')[0] ?? '');
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    const [only, ...others] = await loadCommands(name);
    assert.equal(only?.command.split(' ')[0], name);
    assert.deepEqual(others, []);
  }
});

test('an unknown first word loads every command, so that the parser can tell what there is', async () => {
  assert.equal((await loadCommands('nonsense')).length, (await loadCommands()).length);
});
