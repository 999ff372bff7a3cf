import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Package } from '../../../../src/formats/packages/package.js';
import { ALL_LINES_MAX, changelogsOf } from '../../../../src/repo/packages/changelogs.js';

test('packages that all lead to one long changelog do not fill the memory', async () => {
  const lines = Array.from({ length: 450 }, () => '  * x').join('\n');
  const bytes = gzipSync(`a (2) unstable; urgency=low\n\n${lines}\n`);
  const files = {
    resolve: () => ({ kind: 'file' as const, size: bytes.length }),
    names: () => [],
    read: () => Promise.resolve(bytes),
  };
  const made = (version: string): Package => ({
    ...{ manager: 'dpkg', name: 'a', version, architecture: 'all' },
  });
  const updates = Array.from({ length: 600 }, () => ({ before: made('1'), after: made('2') }));
  const found = await changelogsOf(files, updates);
  assert.equal(found.size, Math.ceil(ALL_LINES_MAX / 451));
});
