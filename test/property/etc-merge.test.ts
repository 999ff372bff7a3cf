/** Laws of the merge of /etc and of its overlays, on random trees whose paths often meet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listChanges } from '../../src/deploy/etc/changes.js';
import { Comparison } from '../../src/deploy/etc/compare.js';
import { mergeTrees, type MergedTrees } from '../../src/deploy/etc/merge-trees.js';
import { overlayView, upperOf } from '../../src/deploy/etc/etc-overlay.js';
import { parseEtcRules } from '../../src/formats/etc-rules.js';
import {
  inodeOf,
  NO_XATTRS,
  type Directory,
  type Inode,
  type Leaf,
  type Tree,
} from '../../src/formats/tree/model.js';
import { walk } from '../../src/formats/tree/walk.js';
import { ascii, toHex, type ByteString } from '../../src/util/bytes.js';
import { atOnce } from '../../src/util/steps.js';

const SEED = 20261124;
const RUNS = 2000;

const comparison = new Comparison({
  identify: (file) => toHex(file.inline ?? new Uint8Array()),
  privileged: true,
});

const stat = fc
  .record({
    mode: fc.constantFrom(0o644, 0o600),
    uid: fc.constantFrom(0, 1),
    xattrs: fc.constantFrom(
      NO_XATTRS,
      new Map([[ascii('user.x'), ascii('1')]]),
      new Map([[ascii('trusted.overlay.opaque'), ascii('y')]]),
    ),
    mtimeSec: fc.nat(5),
  })
  .map((some) => ({ ...some, gid: 0, nlink: 1, mtimeNsec: 0 }));

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.tuple(stat, fc.nat(2)).map(([stat, seed]): Leaf => {
    const inline = Uint8Array.of(seed);
    return { kind: 'file', ...stat, size: 1, inline, digest: undefined, payload: undefined };
  }),
  fc
    .tuple(stat, fc.constantFrom('a', 'b'))
    .map(([stat, target]): Leaf => ({ kind: 'symlink', ...stat, target: ascii(target) })),
  fc
    .tuple(stat, fc.constantFrom(1, 2))
    .map(([stat, rdev]): Leaf => ({ kind: 'char', ...stat, rdev, size: 0 })),
);

const { directory } = fc.letrec<{ directory: Directory; inode: Inode }>((tie) => ({
  inode: fc.oneof({ maxDepth: 3, depthIdentifier: 'etc' }, leaf, tie('directory')),
  directory: fc
    .tuple(
      stat,
      fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd').map(ascii), tie('inode')), {
        selector: ([name]) => name,
        maxLength: 4,
        depthIdentifier: 'etc',
      }),
    )
    .map(([stat, entries]): Directory => ({
      kind: 'directory',
      ...stat,
      children: new Map(entries),
    })),
}));

/** Copies, because fast-check may use a generated value again, and one inode must not be in two trees. */
const tree = directory.map((root): Tree => ({ root: copyDirectory(root) }));

function copyDirectory(directory: Directory): Directory {
  const children = new Map(
    [...directory.children].map(([name, entry]) => {
      const inode = inodeOf(entry);
      return [name, inode.kind === 'directory' ? copyDirectory(inode) : { ...inode }] as const;
    }),
  );
  return { ...directory, children };
}

/** Often a part of one tree is that of another: as an image is that of its predecessor. */
const related = fc.tuple(tree, tree, tree, fc.nat(2 ** 16)).map(([base, mine, theirs, choice]) => ({
  base,
  mine: { root: mix(base.root, mine.root, choice) },
  theirs: { root: mix(base.root, theirs.root, choice >> 8) },
}));

/** `other`, with each child of `base` instead for which a bit is set. */
function mix(base: Directory, other: Directory, choice: number): Directory {
  const children = new Map(other.children);
  [...base.children].forEach(([name, entry], index) => {
    const inode = inodeOf(entry);
    if (((choice >> index) & 1) === 1)
      children.set(name, inode.kind === 'directory' ? copyDirectory(inode) : { ...inode });
  });
  return { ...(((choice >> 7) & 1) === 1 ? base : other), children };
}

function merge(base: Tree, mine: Tree, theirs: Tree, rules = ''): MergedTrees {
  const steps = mergeTrees({
    base: base.root,
    mine: mine.root,
    theirs: theirs.root,
    rules: parseEtcRules(Buffer.from(rules), 'test'),
    comparison,
  });
  return atOnce(steps);
}

function statesOf(tree: Tree): Map<ByteString, Inode> {
  return new Map([...walk(tree)].map(({ path, entry }) => [path, inodeOf(entry)]));
}

function assertSameTree(actual: Tree, expected: Tree): void {
  assert.deepEqual(
    atOnce(listChanges(expected, actual, comparison)).map(({ kind, path, what }) => ({
      kind,
      path,
      what,
    })),
    [],
  );
}

function check<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>): void {
  fc.assert(property, { seed: SEED, numRuns: RUNS, includeErrorInReport: true });
}

test('an unchanged machine gets the new image, and no conflict', () => {
  check(
    fc.property(tree, tree, (base, theirs) => {
      const { tree: result, report } = merge(base, { root: copyDirectory(base.root) }, theirs);
      assertSameTree(result, theirs);
      assert.deepEqual([report.kept, report.conflicts, report.replaced], [0, [], []]);
      assert.equal(report.taken, atOnce(listChanges(base, theirs, comparison)).length);
    }),
  );
});

test('an unchanged image leaves the machine as it is, without a conflict', () => {
  check(
    fc.property(tree, tree, (base, mine) => {
      const { tree: result, report } = merge(base, mine, { root: copyDirectory(base.root) });
      assertSameTree(result, mine);
      assert.deepEqual([report.taken, report.conflicts], [0, []]);
    }),
  );
});

test('equal changes on both sides are not a conflict, and nothing is kept or taken', () => {
  check(
    fc.property(tree, tree, (base, mine) => {
      const { tree: result, report } = merge(base, mine, { root: copyDirectory(mine.root) });
      assertSameTree(result, mine);
      assert.deepEqual(report, { kept: 0, taken: 0, conflicts: [], replaced: [] });
    }),
  );
});

test('whatever the machine changed, added or deleted is in the result so', () => {
  check(
    fc.property(related, ({ base, mine, theirs }) => {
      const result = statesOf(merge(base, mine, theirs).tree);
      const [before, now] = [statesOf(base), statesOf(mine)];
      for (const [path, inode] of now)
        if (!comparison.same(before.get(path), inode))
          assert.ok(comparison.same(result.get(path), inode), path);
      for (const path of before.keys())
        if (!now.has(path)) assert.equal(result.get(path), undefined, path);
    }),
  );
});

test("whatever the machine did not change is the image's, or hidden by or needed for what it changed", () => {
  check(
    fc.property(related, ({ base, mine, theirs }) => {
      const result = statesOf(merge(base, mine, theirs).tree);
      const [before, now, next] = [statesOf(base), statesOf(mine), statesOf(theirs)];
      for (const path of new Set([...result.keys(), ...next.keys()])) {
        if (!comparison.same(before.get(path), now.get(path))) continue;
        if (comparison.same(result.get(path), next.get(path))) continue;
        const parent = path.slice(0, path.lastIndexOf('/')) || '/';
        const isHidden = result.get(parent as ByteString)?.kind !== 'directory';
        const isNeeded =
          comparison.same(result.get(path), now.get(path)) &&
          [...result.keys()].some((other) => other.startsWith(`${path}/`));
        assert.ok(isHidden || isNeeded, path);
      }
    }),
  );
});

test('every path of the result is as the machine or as the new image has it', () => {
  check(
    fc.property(related, ({ base, mine, theirs }) => {
      const rules = 'image /etc/a\nkeep /etc/a/b\nkeep /etc/b\nimage /etc/b/*\nimage /etc/c/**/a\n';
      const [now, next] = [statesOf(mine), statesOf(theirs)];
      for (const [path, inode] of statesOf(merge(base, mine, theirs, rules).tree))
        assert.ok(
          [now, next].some((states) => comparison.same(states.get(path), inode)),
          path,
        );
    }),
  );
});

test('a rule for all that takes the image leaves nothing of the machine but its identity and its root', () => {
  check(
    fc.property(related, ({ base, mine, theirs }) => {
      const { tree: result, report } = merge(base, mine, theirs, 'image /etc/**\n');
      const expected: Tree = { root: { ...theirs.root } };
      const { mode, uid, xattrs } = result.root;
      assertSameTree(result, { root: { ...expected.root, mode, uid, xattrs } });
      assert.ok(report.conflicts.every(({ path }) => path === '/etc'));
    }),
  );
});

test('what was merged and is merged with the same image again stays as it is', () => {
  check(
    fc.property(related, ({ base, mine, theirs }) => {
      const { tree: result } = merge(base, mine, theirs);
      assertSameTree(merge(base, mine, theirs).tree, result);
      const again = merge(theirs, result, { root: copyDirectory(theirs.root) });
      assertSameTree(again.tree, result);
      assert.deepEqual(again.report.conflicts, []);
    }),
  );
});

test('a tree is what is seen through its upper directory, over any image', () => {
  check(
    fc.property(related, ({ mine, theirs }) => {
      const upper = atOnce(upperOf(theirs, mine, { comparison, onCopy: () => undefined }));
      assertSameTree(atOnce(overlayView(theirs, upper)), mine);
    }),
  );
});

test('the upper directory of a tree that is the image holds nothing', () => {
  check(
    fc.property(tree, (image) => {
      const seen = { root: copyDirectory(image.root) };
      const upper = atOnce(upperOf(image, seen, { comparison, onCopy: () => undefined }));
      assert.equal(upper.root.children.size, 0);
    }),
  );
});
