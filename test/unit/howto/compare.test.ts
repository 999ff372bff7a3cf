/** What may differ between a page and a run of it, and what may not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOutput } from '../../howto/compare.js';

const ID = 'b554a91f8f2b79bfa9ae140434604f11f49d1983772d68641c4e522c08efc5e5';
const OTHER = ID.replaceAll('5', '6');
const KEY = 'AZKjYpvq4l6CPVMe1Pau9YV19HYHFw3CTIpJslms1e+/';
const OTHER_KEY = 'AWDGMi3fSy/z76mXfSi6AMXka0pcj5GCmS8uWbpXa/iA';

for (const [shown, printed] of [
  [`commit ${ID}`, `commit ${OTHER}`],
  [`image v1-sha256-12:${ID}`, `image v1-sha256-12:${OTHER}`],
  [`@ ${ID.slice(0, 2)}/${ID.slice(2)}`, `@ ${OTHER.slice(0, 2)}/${OTHER.slice(2)}`],
  ['deployment  ad41c4aa7ed7, serial 1', 'deployment  0d41c4aa7ed9, serial 1'],
  [`a.example.org+aae25f67+${KEY}`, `a.example.org+00e25f67+${OTHER_KEY}`],
  ['a.example.org+aae25f67: known key', 'a.example.org+12345678: known key'],
  ['7270 files, 272.3 MB: 891.4 kB new', '8101 files, 1.1 GB: 12 B new'],
  ['done in 3.42 s', 'done in 123.4 s'],
  ['blessed 1 minute ago', 'blessed just now'],
  ['at 2026-11-23T10:00:00Z', 'at 2030-01-01T00:00:00Z'],
  ['Linux 6.12.117+deb13-cloud-amd64: 15', 'Linux 6.12.9+deb13-cloud-amd64: 15'],
  ['sequence …', 'sequence 12'],
  ['blanks at the end', 'blanks at the end  \r'],
] as const) {
  test(`may differ: ${shown}`, () => {
    assert.equal(compareOutput([shown], `${printed}\n`), '');
  });
}

for (const [what, shown, printed] of [
  ['a word', 'accepted: sealed by 1 known key', 'accepted: sealed by 1 known keys'],
  ['a small count', '1 images, 2 commits', '1 images, 3 commits'],
  ['a few objects', '290 B new in 1 objects', '290 B new in 2 objects'],
  ['the length of an id', `commit ${ID}`, `commit ${ID.slice(1)}`],
  ['an id that is another kind of thing', `commit ${ID}`, 'commit main'],
  ['a name in a key', `a.example.org+aae25f67+${KEY}`, `b.example.org+aae25f67+${KEY}`],
  ['a key that is cut', `a.example.org+aae25f67+${KEY}`, `a.example.org+aae25f67+${KEY.slice(4)}`],
  ['a unit that is not a size', '12 MB', '12 files'],
  ['a version', 'debian-trixie 13.1, sequence 1', 'debian-trixie 13.2, sequence 1'],
  ['text before a …', 'sequence …', 'serial 12'],
  ['an indent', '  name: x', 'name: x'],
] as const) {
  test(`may not differ: ${what}`, () => {
    const problem = compareOutput([shown], printed);
    assert.ok(problem.includes(`the page shows: ${shown}\n`), problem);
    assert.ok(problem.includes(`but there was:  ${printed}`), problem);
  });
}

test('a line too few or too many is a difference', () => {
  assert.match(compareOutput(['a'], 'a\nb\n'), /but there was: {2}b/);
  assert.match(
    compareOutput(['a', 'b'], 'a\n'),
    /the page shows: b\nbut there was: {2}\(the end\)/,
  );
  assert.match(compareOutput(['a'], ''), /the page shows: a/);
});

test('… with an indent stands for any number of lines with it', () => {
  const page = ['a:', '  …', '  z', 'b'];
  for (const printed of ['a:\n  z\nb', 'a:\n  x\n    y\n  z\nb'])
    assert.equal(compareOutput(page, printed), '');
  assert.match(compareOutput(page, 'a:\n  x\ny\n  z\nb'), /but there was: {2}\s*[xy]/);
});

test('… alone stands for any number of lines, and what follows must come', () => {
  for (const printed of ['a\nz\n', 'a\nb\nz\n', 'a\nz\nb\nz\n'])
    assert.equal(compareOutput(['a', '…', 'z'], printed), '');
  assert.match(compareOutput(['a', '…', 'z'], 'a\nb\ny\n'), /the page shows: z/);
  assert.equal(compareOutput(['…'], ''), '');
});
