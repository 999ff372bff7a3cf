import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterReboot } from '../../../../src/deploy/status/after-reboot.js';
import { parseEntryFileName } from '../../../../src/formats/boot-loader/entry-name.js';
import type { Choice } from '../../../../src/formats/boot-loader/choice.js';
import { EMPTY_RECORD } from '../../../../src/formats/deployment/record.js';

const record = { ...EMPTY_RECORD, default: 'one', staged: 'two' };

function choiceBy(by: Choice['by']): Choice {
  const name = parseEntryFileName('rootseal-os-1.conf');
  assert.ok(name);
  return { name, by };
}

for (const [by, chosen, deployment, why] of [
  ['order', 'one', 'two', 'staged'],
  ['loader.conf', 'one', 'two', 'staged'],
  // The default has no tries left: what becomes the default then has some.
  ['order', 'zero', 'two', 'staged'],
  ['loader.conf', undefined, null, 'loader.conf'],
  ['LoaderEntryOneShot', 'zero', 'zero', 'LoaderEntryOneShot'],
  ['LoaderEntryDefault', 'one', 'one', 'LoaderEntryDefault'],
] as const) {
  test(`with something staged, ${by} of ${chosen ?? 'a foreign entry'} leads to ${deployment ?? 'that'}`, () => {
    assert.deepEqual(afterReboot(record, choiceBy(by), chosen), { deployment, by: why });
  });
}

test('with nothing staged, what the boot loader takes runs after a reboot', () => {
  const none = { ...record, staged: null };
  assert.deepEqual(afterReboot(none, choiceBy('order'), 'one'), { deployment: 'one', by: 'order' });
  assert.deepEqual(afterReboot(none, undefined, undefined), { deployment: null, by: null });
});

test('what is staged runs after a reboot where there is no boot entry yet', () => {
  assert.deepEqual(afterReboot(record, undefined, undefined), { deployment: 'two', by: 'staged' });
});
