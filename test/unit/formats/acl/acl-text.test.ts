import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderAcl } from '../../../../src/formats/acl/acl.js';
import { formatAclText, parseAclText } from '../../../../src/formats/acl/acl-text.js';
import { ascii, fromText } from '../../../../src/util/bytes.js';
import { arbitraryAcl } from '../../../helpers/arbitrary-acl.js';

const refuse = (message: string): never => {
  throw new Error(message);
};

/** Entries in short: subject, number or name, permissions. */
function entriesOf(text: string): string[] {
  return parseAclText(fromText(text), refuse).map(
    ({ subject, id, name, permissions }) => `${subject} ${id ?? name ?? '-'} ${permissions}`,
  );
}

test('libacl, star, libarchive and Solaris are read alike', () => {
  const named = ['owner - 6', 'user 1000 7', 'owningGroup - 0', 'mask - 6', 'other - 4'];
  const cases: Record<string, string> = {
    libacl: 'user::rw-\nuser:1000:rwx\t#effective:rw-\ngroup::---\nmask::rw-\nother::r--\n',
    star: 'user::rw-,user:alice:rwx:1000,group::---,mask::rw-,other::r--',
    libarchive: 'user::rw-,user:1000:rwx:1000,group::---,mask::rw-,other::r--',
    Solaris: 'user::rw-,user:1000:rwx,group::---,mask:rw-,other:r--',
    short: 'u::rw,u:1000:xrw,g::-,m::wr,o::r',
  };
  for (const [writer, text] of Object.entries(cases))
    assert.deepEqual(entriesOf(text), named, writer);
});

test('an entry says itself that it is of the default list, in all spellings', () => {
  const text = 'user::rw-,default:user::r--,d:u:5:r--,defaultgroup::r--,default : mask:r--,d:o::-';
  const entries = parseAclText(ascii(text), refuse);
  assert.deepEqual(
    entries.map(({ subject, isDefault }) => [subject, isDefault]),
    [
      ['owner', false],
      ['owner', true],
      ['user', true],
      ['owningGroup', true],
      ['mask', true],
      ['other', true],
    ],
  );
});

test('a name stays a name unless a number follows it', () => {
  assert.deepEqual(entriesOf('u:alice:r--'), ['user alice 4']);
  assert.deepEqual(entriesOf('g:a\\040b\\072c:r--'), ['group a b:c 4']);
  assert.deepEqual(entriesOf('u:1234:r--:5'), ['user 5 4']);
  assert.deepEqual(entriesOf('# a comment\n\nu:0:---,,'), ['user 0 0']);
});

test('what is not an entry is named', () => {
  for (const text of [
    'x',
    'user',
    'user::',
    'user::rwxr',
    'user::rq-',
    'user::7',
    'someone::r--',
    'mask:5:r--',
    'other::r--:5',
    'user::r--:5',
    'user:a:r--:b',
    'user:a:r--:5:6',
    'user:4294967295:r--',
    'user:99999999999:r--',
    'user:a:r--:4294967295',
    'user::rw-,oops',
    'duser::r--',
    'DEFAULT:user::r--',
    'default:default:user::r--',
    'default:',
  ])
    assert.throws(() => parseAclText(ascii(text), refuse), /is not an entry/, text);
});

test('a list that is written as text reads back', () => {
  fc.assert(
    fc.property(arbitraryAcl(), (acl) => {
      const entries = parseAclText(ascii(formatAclText(acl)), refuse);
      assert.deepEqual(
        orderAcl(entries.map(({ subject, id, permissions }) => ({ subject, id, permissions }))),
        acl,
      );
    }),
    { seed: 1, numRuns: 300 },
  );
});
