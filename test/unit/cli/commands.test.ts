import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listNames, loadCommand, loadCommands } from '../../../src/cli/commands/index.js';

test('each command is loaded by its own first word', async () => {
  const all = await loadCommands();
  const names = all.map(({ command }) => command.split(' ')[0] ?? '');
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names, listNames());
  for (const name of names) assert.equal((await loadCommand(name))?.command.split(' ')[0], name);
  assert.equal(await loadCommand('nonsense'), undefined);
});
