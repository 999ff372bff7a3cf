import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { JOURNAL_MESSAGES } from '../../../src/formats/journal-messages.js';

// This file runs from dist/test/unit/formats.
const PAGE = fileURLToPath(new URL('../../../../docs/formats/messages.md', import.meta.url));

test('message ids are well-formed 128-bit numbers, and no two are the same', () => {
  const ids = Object.values(JOURNAL_MESSAGES).map(({ id }) => id);
  for (const id of ids) assert.match(id, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test('message ids have not changed since they were given out', () => {
  assert.equal(JOURNAL_MESSAGES.BOOT_GOOD.id, '0afc9cce64e447ef98db10f1488e1d49');
  assert.equal(JOURNAL_MESSAGES.BOOT_BAD.id, '86471e75de5d464a9e2a7082119a4ca1');
  assert.equal(JOURNAL_MESSAGES.FINALIZE_FAILED.id, 'efd456105df54a42916331e4482f9921');
});

test('the page lists every message with its id and priority, and no other', () => {
  const rows = [
    ...fs
      .readFileSync(PAGE, 'utf8')
      .matchAll(/^\| `([A-Z_]+)` +\| `([0-9a-f]+)` +\| ([0-7]) \([a-z]+\) +\| \S/gm),
  ];
  assert.deepEqual(
    rows.map(([, name, id, priority]) => [name, id, Number(priority)]),
    Object.entries(JOURNAL_MESSAGES).map(([name, { id, priority }]) => [name, id, priority]),
  );
});
