import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalize } from '../../../../src/formats/tree/canonical.js';
import {
  NO_XATTRS,
  type Directory,
  type RegularFile,
  type Tree,
} from '../../../../src/formats/tree/model.js';
import { lookup, primaryPaths, walk } from '../../../../src/formats/tree/walk.js';
import { ascii } from '../../../../src/util/bytes.js';

const stat = () => ({
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 7,
  mtimeSec: 1,
  mtimeNsec: 5,
  xattrs: NO_XATTRS,
});
const directory = (): Directory => ({ kind: 'directory', ...stat(), children: new Map() });
const file = (): RegularFile => ({
  kind: 'file',
  ...stat(),
  size: 0,
  inline: undefined,
  digest: undefined,
  payload: undefined,
});

function linkedTree(): { tree: Tree; shared: RegularFile } {
  const root = directory();
  const shared = file();
  const sub = directory();
  root.children.set(ascii('z'), shared);
  root.children.set(ascii('sub'), sub);
  sub.children.set(ascii('a'), { kind: 'link', target: shared });
  return { tree: { root }, shared };
}

test('walk visits siblings in byte order and parents before children', () => {
  const { tree } = linkedTree();
  assert.deepEqual(
    [...walk(tree)].map((visit) => visit.path),
    ['/', '/sub', '/sub/a', '/z'],
  );
});

test('canonicalize makes the first path in depth-first order the primary name and counts names', () => {
  const { tree, shared } = linkedTree();
  canonicalize(tree);
  assert.equal(lookup(tree, ascii('/sub/a')), shared);
  assert.equal(lookup(tree, ascii('/z'))?.kind, 'link');
  assert.equal(shared.nlink, 2);
  assert.equal(shared.mtimeNsec, 0);
  assert.equal(tree.root.nlink, 3);
  assert.equal(primaryPaths(tree).get(shared), '/sub/a');
});

test('lookup does not find a path below a file', () => {
  assert.equal(lookup(linkedTree().tree, ascii('/z/x')), undefined);
});
