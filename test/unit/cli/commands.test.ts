import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyCommand } from '../../helpers/every-command.js';
import { listNames, loadCommand, loadCommands } from '../../../src/cli/commands/index.js';

test('each option and argument says what its value can be', async () => {
  for (const { declaration } of await everyCommand()) {
    const { words, options, arguments: list } = declaration;
    for (const { name, type, takes, choices } of options)
      assert.equal(
        takes !== undefined || choices !== undefined,
        type !== 'boolean',
        `${words} --${name}`,
      );
    for (const { name, takes, choices } of list)
      assert.ok(takes !== undefined || choices !== undefined, `${words} ${name}`);
  }
});

test('each command is loaded by its own first word', async () => {
  const all = await loadCommands();
  const names = all.map(({ command }) => command.split(' ')[0] ?? '');
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names, listNames());
  for (const name of names) assert.equal((await loadCommand(name))?.command.split(' ')[0], name);
  assert.equal(await loadCommand('nonsense'), undefined);
});
