import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  NO_XATTRS,
  type Directory,
  type Entry,
  type Inode,
  type Symlink,
} from '../../../../src/formats/tree/model.js';
import { resolvePath } from '../../../../src/formats/tree/resolve.js';
import { ascii } from '../../../../src/util/bytes.js';

const stat = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 1,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: NO_XATTRS,
};

function directory(children: Record<string, Entry>): Directory {
  const entries = Object.entries(children).map(([name, entry]) => [ascii(name), entry] as const);
  return { kind: 'directory', ...stat, children: new Map(entries) };
}

function symlink(target: string): Symlink {
  return { kind: 'symlink', ...stat, target: ascii(target) };
}

const release: Inode = { kind: 'fifo', ...stat, size: 0 };
const usr = directory({ lib: directory({ 'os-release': release }) });
const root = directory({
  usr,
  lib: symlink('usr/lib'),
  etc: directory({
    'os-release': symlink('../usr/lib/os-release'),
    absolute: symlink('/lib/os-release'),
    loop: symlink('loop'),
    outside: symlink('../../../../usr'),
    dangling: symlink('nowhere'),
  }),
});

const cases: readonly (readonly [path: string, expected: Inode | undefined])[] = [
  ['/', root],
  ['/etc/os-release', release],
  ['/etc/absolute', release],
  ['lib//./os-release', release],
  ['/etc/outside', usr],
  ['/../../usr', usr],
  ['/usr/lib/../..', root],
  ['/etc/loop', undefined],
  ['/etc/dangling', undefined],
  ['/usr/lib/os-release/x', undefined],
  ['/missing', undefined],
];

for (const [path, expected] of cases) {
  test(`${path} resolves to ${expected === undefined ? 'nothing' : `a ${expected.kind}`}`, () => {
    assert.equal(resolvePath({ root }, ascii(path)), expected);
  });
}
