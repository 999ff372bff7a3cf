import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffTexts } from '../../../../src/deploy/etc/text-diff.js';

function diff(before: string | undefined, after: string | undefined) {
  const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
  return diffTexts('/etc/x', bytes(before), bytes(after));
}

test('two texts are compared line by line, with three lines around each change', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`);
  const changed = lines.with(10, 'new\n');
  assert.deepEqual(diff(lines.join(''), changed.join('')), {
    diff: '--- /etc/x\n+++ /etc/x\n@@ -8,7 +8,7 @@\n 7\n 8\n 9\n-10\n+new\n 11\n 12\n 13\n',
  });
});

test('a file that is new or gone is compared with nothing', () => {
  assert.deepEqual(diff(undefined, 'a\n'), {
    diff: '--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,1 @@\n+a\n',
  });
  assert.deepEqual(diff('a\n', undefined), {
    diff: '--- /etc/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n',
  });
});

test('a last line without an end is told', () => {
  assert.match(JSON.stringify(diff('a\n', 'a')), /No newline at end of file/);
});

test('what has NUL bytes or is not UTF-8 is not compared', () => {
  for (const bytes of [Buffer.from([0x61, 0]), Buffer.from([0xff, 0x0a])])
    assert.deepEqual(diffTexts('/etc/x', bytes, Buffer.from('a\n')), { undiffable: 'binary' });
});

test('texts with thousands of different lines are not compared to the end', () => {
  const many = (word: string) =>
    Array.from({ length: 20_000 }, (_, index) => `${word}${index}\n`).join('');
  assert.deepEqual(diff(many('a'), many('b')), { undiffable: 'large' });
});
