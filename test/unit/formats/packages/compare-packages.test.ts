import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  comparePackages,
  isSamePackages,
  type PackageDifference,
} from '../../../../src/formats/packages/compare-packages.js';
import type { Package, PackageManager } from '../../../../src/formats/packages/package.js';
import { countPackages, describeCounts } from '../../../../src/formats/packages/summary.js';

function made(text: string, manager: PackageManager = 'dpkg'): Package {
  const [name = '', version = '', architecture = 'amd64'] = text.split(' ');
  return { manager, name, version, architecture };
}

const show = ({ name, version, architecture }: Package) =>
  architecture === 'amd64' ? `${name} ${version}` : `${name} ${version} ${architecture}`;

function shown(difference: PackageDifference) {
  const updates = (list: PackageDifference['upgraded']) =>
    list.map(({ before, after }) => `${show(before)} -> ${show(after)}`);
  return {
    added: difference.added.map(show),
    removed: difference.removed.map(show),
    upgraded: updates(difference.upgraded),
    downgraded: updates(difference.downgraded),
    changed: updates(difference.changed),
  };
}

const NONE = { added: [], removed: [], upgraded: [], downgraded: [], changed: [] };

test('packages are added, removed, upgraded and downgraded in the order of their manager', () => {
  const before = ['b 1.9', 'a 1', 'gone 1', 'rc 1.0', 'same 1'].map((text) => made(text));
  const after = ['same 1', 'b 1.10', 'new 1', 'a 2', 'rc 1.0~rc1'].map((text) => made(text));
  assert.deepEqual(shown(comparePackages(before, after)), {
    ...NONE,
    added: ['new 1'],
    removed: ['gone 1'],
    upgraded: ['a 1 -> a 2', 'b 1.9 -> b 1.10'],
    downgraded: ['rc 1.0 -> rc 1.0~rc1'],
  });
});

test('the same list in another order is no difference', () => {
  const list = ['a 1', 'b 1', 'b 1 i386'].map((text) => made(text));
  const difference = comparePackages(list, [...list].reverse());
  assert.ok(isSamePackages(difference));
  assert.equal(describeCounts(countPackages(difference)), 'no package changed');
});

test('each architecture of a package is compared with itself', () => {
  const before = ['libc6 1', 'libc6 1 i386'].map((text) => made(text));
  const after = ['libc6 2 i386', 'libc6 1', 'libc6 1 arm64'].map((text) => made(text));
  assert.deepEqual(shown(comparePackages(before, after)), {
    ...NONE,
    added: ['libc6 1 arm64'],
    upgraded: ['libc6 1 i386 -> libc6 2 i386'],
  });
});

test('a package of another architecture, state or spelling is changed', () => {
  const half = { ...made('c 1'), state: 'half-configured' };
  assert.deepEqual(
    shown(
      comparePackages(
        [made('a 1'), made('b 1.0'), made('c 1')],
        [made('a 1 all'), made('b 1.0-0'), half],
      ),
    ),
    { ...NONE, changed: ['a 1 -> a 1 all', 'b 1.0 -> b 1.0-0', 'c 1 -> c 1'] },
  );
});

test('of several versions beside each other, as rpm keeps kernels, those that stay are no difference', () => {
  const kernels = (...versions: string[]) =>
    versions.map((version) => made(`kernel ${version}-1`, 'rpm'));
  assert.deepEqual(shown(comparePackages(kernels('6.1', '6.2'), kernels('6.2', '6.3'))), {
    ...NONE,
    upgraded: ['kernel 6.1-1 -> kernel 6.3-1'],
  });
  assert.deepEqual(shown(comparePackages(kernels('6.2'), kernels('6.2', '6.3'))), {
    ...NONE,
    added: ['kernel 6.3-1'],
  });
});

test('packages of the same name from two managers have nothing to do with each other', () => {
  assert.deepEqual(shown(comparePackages([made('a 1')], [made('a 2', 'apk')])), {
    ...NONE,
    added: ['a 2'],
    removed: ['a 1'],
  });
});

test('the summary names what happened, the first kind with its noun', () => {
  const counts = { added: 0, removed: 0, upgraded: 0, downgraded: 0, changed: 0 };
  for (const [given, expected] of [
    [{ upgraded: 37, added: 2 }, '37 packages upgraded, 2 new'],
    [{ upgraded: 1 }, '1 package upgraded'],
    [{ added: 1, removed: 3 }, '1 package new, 3 removed'],
    [
      { added: 1, removed: 2, upgraded: 3, downgraded: 4, changed: 5 },
      '3 packages upgraded, 4 downgraded, 5 changed, 1 new, 2 removed',
    ],
  ] as const)
    assert.equal(describeCounts({ ...counts, ...given }), expected);
});

test('a database that has one name a hundred thousand times is compared', () => {
  const list = (state: string) =>
    Array.from({ length: 100_000 }, () => ({ ...made('a 1'), state: `half-${state}` }));
  const { changed, ...others } = countPackages(comparePackages(list('x'), list('y')));
  assert.equal(changed, 100_000);
  assert.deepEqual(others, { added: 0, removed: 0, upgraded: 0, downgraded: 0 });
});
