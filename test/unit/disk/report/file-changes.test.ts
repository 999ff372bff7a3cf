import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFiles } from '../../../../src/disk/report/file-changes.js';
import type { Directory, Tree } from '../../../../src/formats/tree/model.js';
import type { Digest } from '../../../../src/util/digest.js';
import {
  directory,
  externalFile,
  file,
  inlineFile,
  symlink,
} from '../../../helpers/image-trees.js';

const digit = (digit: string) => digit.repeat(64) as Digest;
const tree = (root: Directory): Tree => ({ root });

/** `modified /a 5 of 3`: the size of what is new, and what it was. */
function told(before: Directory, after: Directory): string[] {
  return compareFiles(tree(before), tree(after)).entries.map(
    ({ kind, path, bytes, from }) =>
      `${kind} ${path} ${bytes}${from === undefined ? '' : ` of ${from}`}`,
  );
}

test('the most changed file is first; files of the same size are in the order of their paths', () => {
  const before = { gone: externalFile(70, digit('1')), same: externalFile(9, digit('2')) };
  const changed = { x: externalFile(300, digit('3')), y: externalFile(300, digit('4')) };
  assert.deepEqual(
    told(
      directory({ ...before, y: externalFile(80, digit('5')) }),
      directory({ same: externalFile(9, digit('2')), ...changed }),
    ),
    ['added /x 300', 'modified /y 300 of 80', 'deleted /gone 70 of 70'],
  );
});

test('files of a directory that came or went are told, the directory is not', () => {
  const after = directory({ d: directory({ e: directory({ f: inlineFile(5) }) }) });
  assert.deepEqual(told(directory(), after), ['added /d/e/f 5']);
  assert.deepEqual(told(after, directory()), ['deleted /d/e/f 5 of 5']);
});

test('a file that became a directory is gone, and a directory that became a file is new', () => {
  const asFile = directory({ d: inlineFile(5) });
  const asDirectory = directory({ d: directory({ f: inlineFile(6) }) });
  assert.deepEqual(told(asFile, asDirectory), ['added /d/f 6', 'deleted /d 5 of 5']);
  assert.deepEqual(told(asDirectory, asFile), ['deleted /d/f 6 of 6', 'added /d 5']);
});

test('a link to elsewhere is another content, another mode is an attribute, another time is neither', () => {
  const before = { link: symlink(3), mode: file(), time: file() };
  const after = { link: symlink(4), mode: file({ mode: 0o600 }), time: file({ mtimeSec: 5 }) };
  const changes = compareFiles(tree(directory(before)), tree(directory(after)));
  assert.deepEqual(
    changes.entries.map(({ kind, path, fields }) => [kind, path, fields.map(({ field }) => field)]),
    [
      ['modified', '/link', []],
      ['attributes', '/mode', ['mode']],
    ],
  );
  assert.equal(changes.otherCount, 1);
});

test('the content of a file with two names counts once, and what the older tree has somewhere is not new', () => {
  const target = externalFile(500, digit('1'));
  const after = directory({
    a: target,
    b: { kind: 'link', target },
    c: externalFile(60, digit('2')),
  });
  const before = directory({ elsewhere: externalFile(60, digit('2')) });
  assert.deepEqual(told(before, after), [
    'added /a 500',
    'added /c 60',
    'deleted /elsewhere 60 of 60',
    'added /b 0',
  ]);
  assert.equal(compareFiles(tree(before), tree(after)).newBytes, 500);
});
