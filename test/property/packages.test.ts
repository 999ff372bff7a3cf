import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseApkInstalled } from '../../src/formats/packages/apk-installed.js';
import { comparePackages } from '../../src/formats/packages/compare-packages.js';
import { parseDebChangelog } from '../../src/formats/packages/deb-changelog.js';
import { parseDpkgStatus } from '../../src/formats/packages/dpkg-status.js';
import { atOnce } from '../../src/util/steps.js';
import type { Package } from '../../src/formats/packages/package.js';
import { parsePacmanDesc } from '../../src/formats/packages/pacman-desc.js';
import { parseRpmQuery } from '../../src/formats/packages/rpm-query.js';
import { VERSION_ORDERS } from '../../src/formats/packages/package-version-order.js';
import { FormatError } from '../../src/util/errors.js';

const SEED = 0x16e;

const found: fc.Arbitrary<Package> = fc.record({
  manager: fc.constantFrom('dpkg', 'rpm', 'apk', 'pacman'),
  name: fc.constantFrom('a', 'b', 'c'),
  version: fc.constantFrom('1', '1.0', '1.1', '2~rc1', '2', '1:1', '2-1'),
  architecture: fc.constantFrom('amd64', 'i386', 'all'),
});

const show = (list: readonly Package[]) => list.map((one) => JSON.stringify(one)).sort();

test('the difference applied to the one list gives the other', () => {
  fc.assert(
    fc.property(fc.array(found), fc.array(found), (before, after) => {
      const difference = comparePackages(before, after);
      const { added, removed, upgraded, downgraded, changed } = difference;
      const updates = [...upgraded, ...downgraded, ...changed];
      const rest = show(before);
      for (const gone of show([...removed, ...updates.map((one) => one.before)])) {
        const at = rest.indexOf(gone);
        assert.ok(at >= 0, gone);
        rest.splice(at, 1);
      }
      const now = [...rest, ...show([...added, ...updates.map((one) => one.after)])].sort();
      assert.deepEqual(now, show(after));
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('each order of versions is the same from both sides, for any text', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-c.~^:_-]{0,12}$/));
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(VERSION_ORDERS)), text, text, (order, a, b) => {
      assert.equal(Math.sign(order(a, b)) + Math.sign(order(b, a)), 0);
      assert.equal(Math.abs(order(a, a)), 0);
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

const SAMPLES = [
  'Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nSource: b (2)\n\n',
  'P:a\nV:1\nA:x\no:b\n\n',
  '%NAME%\na\n\n%VERSION%\n1\n\n%ARCH%\nx\n',
  'a 0 1 1 x a-1-1.src.rpm\n',
  'a (1) x; urgency=low\n\n  * b\n\n -- c\n',
].map((text) => Buffer.from(text));

test('damaged databases end in FormatError, or in packages that may reach a terminal', () => {
  const edits = fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 4 });
  const parsers = [
    (bytes: Uint8Array) => atOnce(parseDpkgStatus(bytes)),
    (bytes: Uint8Array) => atOnce(parseApkInstalled(bytes)),
    (bytes: Uint8Array) => [parsePacmanDesc(bytes)],
    parseRpmQuery,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...SAMPLES), edits, fc.nat(100), (sample, changes, cut) => {
      const bytes = Buffer.from(sample.subarray(0, cut));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      for (const parse of parsers)
        try {
          for (const one of parse(bytes)) assert.match(JSON.stringify(one), /^[\x20-\x7e]+$/);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      for (const { lines } of parseDebChangelog(bytes, () => false))
        // eslint-disable-next-line no-control-regex -- what must not be there
        for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
    }),
    { seed: SEED, numRuns: 3000 },
  );
});
