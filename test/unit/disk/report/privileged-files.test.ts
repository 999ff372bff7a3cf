import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePrivileges } from '../../../../src/disk/report/privileged-files.js';
import type { Directory } from '../../../../src/formats/tree/model.js';
import type { Digest } from '../../../../src/util/digest.js';
import { directory, externalFile, file, xattrs } from '../../../helpers/image-trees.js';

function compare(before: Directory, after: Directory) {
  return comparePrivileges({ root: before }, { root: after });
}

function told(before: Directory, after: Directory): string[] {
  return compare(before, after).entries.map(({ kind, path }) => `${kind} ${path}`);
}

const CAPABILITY = xattrs({
  'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex').toString(
    'latin1',
  ),
});

test('what appeared is told before what changed, got another content, or is gone', () => {
  const before = directory({
    gone: file({ mode: 0o4755 }),
    content: { ...externalFile(100, '1'.repeat(64) as Digest), mode: 0o2755 },
    owner: file({ mode: 0o4755 }),
    same: file({ mode: 0o6755 }),
    plain: file({ mode: 0o755 }),
  });
  const after = directory({
    gone: file({ mode: 0o755 }),
    content: { ...externalFile(100, '2'.repeat(64) as Digest), mode: 0o2755 },
    owner: file({ mode: 0o4755, uid: 5 }),
    same: file({ mode: 0o6755 }),
    plain: file({ mode: 0o755, xattrs: CAPABILITY }),
  });
  assert.deepEqual(told(before, after), [
    'appeared /plain',
    'changed /owner',
    'content /content',
    'gone /gone',
  ]);
  const [appeared, changed] = compare(before, after).entries;
  assert.equal(appeared?.to?.capabilities, 'cap_net_raw=ep');
  assert.deepEqual([changed?.from?.uid, changed?.to?.uid], [0, 5]);
  assert.equal(compare(before, after).count, 4);
});

test('a new name for a privileged file appeared, too', () => {
  const target = file({ mode: 0o4755 });
  const before = directory({ su: target });
  assert.deepEqual(told(before, directory({ su: target, x: { kind: 'link', target } })), [
    'appeared /x',
  ]);
});

test('a directory with setgid gives nobody anything', () => {
  const after = directory({ mail: { ...directory(), mode: 0o2775 } });
  assert.deepEqual(told(directory(), after), []);
});
