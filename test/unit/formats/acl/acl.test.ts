import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aclProblem,
  decodeAcl,
  encodeAcl,
  modeOfAcl,
  modeWithoutAcl,
  orderAcl,
  type AclEntry,
} from '../../../../src/formats/acl/acl.js';
import { fromBytes, type ByteString } from '../../../../src/util/bytes.js';

const entry = (subject: AclEntry['subject'], permissions: number, id?: number): AclEntry => ({
  subject,
  id,
  permissions,
});
const BASE = [entry('owner', 6), entry('owningGroup', 0), entry('other', 4)];
const FULL = [...BASE, entry('mask', 6), entry('user', 7, 1234), entry('group', 4, 5)];

/** As `getfattr -e hex` prints what `setfacl -m u:1234:rwx,g:5:r,g::-,m::rw` made of a file of mode 0664. */
const STORED = fromBytes(
  Buffer.from(
    '02000000' +
      '01000600ffffffff' +
      '02000700d2040000' +
      '04000000ffffffff' +
      '0800040005000000' +
      '10000600ffffffff' +
      '20000400ffffffff',
    'hex',
  ),
);

test('a list has the bytes that the kernel keeps, whatever the order of its entries', () => {
  assert.equal(encodeAcl(orderAcl(FULL)), STORED);
  assert.equal(encodeAcl(orderAcl([...FULL].reverse())), STORED);
  assert.deepEqual(decodeAcl(STORED), orderAcl(FULL));
});

test('a mask stands in the place of the group in the mode, and goes with the list', () => {
  assert.equal(modeOfAcl(orderAcl(FULL), 0o4755), 0o4664);
  assert.equal(modeOfAcl(orderAcl(BASE), 0o755), 0o604);
  assert.equal(modeWithoutAcl(orderAcl(FULL), 0o2664), 0o2604);
  const wide = [entry('owner', 7), entry('owningGroup', 7), entry('mask', 4), entry('other', 0)];
  assert.equal(modeWithoutAcl(orderAcl(wide), 0o740), 0o740);
});

test('a list that the kernel would refuse is refused with what is wrong', () => {
  const cases: [AclEntry[], RegExp][] = [
    [[], /no entry for the owner/],
    [BASE.slice(0, 2), /no entry for the other/],
    [[entry('owner', 6), entry('other', 4)], /no entry for the owning group/],
    [[...BASE, entry('user', 4, 1)], /no mask/],
    [[...FULL, entry('user', 1, 1234)], /two entries for the user 1234/],
    [[...FULL, entry('mask', 1)], /two entries for the mask/],
    [Array.from({ length: 8192 }, (_, id) => entry('user', 1, id)), /8192 entries, more than 8191/],
  ];
  for (const [entries, message] of cases)
    assert.match(aclProblem(orderAcl(entries)) ?? '', message);
});

test('an attribute that is not a list is told apart', () => {
  const changed = (at: number, byte: string) =>
    (STORED.slice(0, at) + byte + STORED.slice(at + 1)) as ByteString;
  for (const value of [
    '' as ByteString,
    STORED.slice(0, 3) as ByteString,
    STORED.slice(0, -1) as ByteString,
    changed(0, '\x01'),
    changed(4, '\x03'),
    changed(6, '\x08'),
    changed(12, '\x01'),
  ])
    assert.equal(decodeAcl(value), undefined);
});
