import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageManager } from '../../../../src/formats/packages/package.js';
import { VERSION_ORDERS } from '../../../../src/formats/packages/package-version-order.js';

/** Each list from the oldest to the newest; versions in one item are the same to the manager. From the manuals of each. */
const SORTED: Readonly<Record<PackageManager, readonly (readonly string[])[]>> = {
  // deb-version(7)
  dpkg: [
    ['~~', '~~a', '~', '1~~', '1~rc1', '1', '1a', '1+', '1.'],
    ['1', '1.0.1'],
    ['1.0~beta1~svn1245', '1.0~beta1', '1.0'],
    ['0:9', '1:1', '2:0'],
    ['1.0-1~bpo12+1', '1.0-1', '1.0-1+b1', '1.0-1+deb13u1', '1.0-1.1', '1.0-2', '1.0-10'],
    ['1-2-1', '1-10-1'],
    ['9999999999999999999', '10000000000000000000'],
  ],
  // rpm-version(7)
  rpm: [
    ['1.0~rc1-1', '1.0-1', '1.0^git1-1', '1.0^git1.1-1', '1.0.1-1'],
    ['1.0^20160101-1', '1.0a-1', '1.0.1-1', '1.1-1'],
    ['1.fc9-1', '1.5-1'],
    ['9-1', '1:1-1', '2:0-1'],
    ['1.0-1.fc40', '1.0-2.fc39', '1.0-10.fc39'],
    ['1.0~~-1', '1.0~-1', '1.0-1'],
    ['99999999999999999999-1', '100000000000000000000-1'],
  ],
  // apk-package(5)
  apk: [
    ['1_alpha', '1_alpha1', '1_beta', '1_pre', '1_rc', '1_rc2', '1', '1_cvs', '1_svn', '1_git'],
    ['1_git', '1_hg', '1_p', '1_p1', '1a', '1.0'],
    ['1.01', '1.02', '1.1', '1.2', '1.10'],
    ['1.2.3-r0', '1.2.3-r1', '1.2.3-r10', '1.2.4-r0'],
    ['1.2a', '1.2b', '1.2.1'],
    ['odd', '0', '1', '99999999999999999999', '100000000000000000000'],
  ],
  // vercmp(8)
  pacman: [
    ['1.0a', '1.0b', '1.0beta', '1.0p', '1.0pre', '1.0rc', '1.0', '1.0.a', '1.0.1'],
    ['1', '1.0', '1.1', '1.1.1', '1.2', '2.0', '3.0.0'],
    ['1.0-1', '1.0-2', '1.0-2.1', '1.0-10', '1.0.1-1', '1:0.9-1'],
  ],
};

const SAME: Readonly<Record<PackageManager, readonly (readonly [string, string])[]>> = {
  dpkg: [
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.0', '1.00'],
    ['', '0'],
  ],
  rpm: [
    ['1.0-1', '0:1.0-1'],
    ['1.0-1', '1_0-01'],
    ['1.0-1', '1.0.-1'],
  ],
  apk: [
    ['1.0', '1.0'],
    ['1-r1', '01-r01'],
  ],
  pacman: [
    ['1.0', '1.0-5'],
    ['0:1.0-1', '1.0-1'],
    ['1.01', '1.1'],
  ],
};

for (const [manager, compare] of Object.entries(VERSION_ORDERS)) {
  test(`${manager}: versions are in the order of its manual, from both sides`, () => {
    for (const list of SORTED[manager as PackageManager])
      for (const [index, older] of list.entries())
        for (const newer of list.slice(index + 1)) {
          if (older === newer) continue;
          assert.ok(compare(older, newer) < 0, `${older} < ${newer}`);
          assert.ok(compare(newer, older) > 0, `${newer} > ${older}`);
        }
  });

  test(`${manager}: spellings of one version are the same`, () => {
    for (const [a, b] of SAME[manager as PackageManager]) {
      assert.equal(Math.sign(compare(a, b)), 0, `${a} = ${b}`);
      assert.equal(Math.sign(compare(b, a)), 0, `${b} = ${a}`);
    }
  });
}
