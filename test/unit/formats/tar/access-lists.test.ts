import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAcl, encodeAcl, orderAcl } from '../../../../src/formats/acl/acl.js';
import { formatAclText } from '../../../../src/formats/acl/acl-text.js';
import { inodeOf, type Inode, type Tree } from '../../../../src/formats/tree/model.js';
import { lookup } from '../../../../src/formats/tree/walk.js';
import { ascii } from '../../../../src/util/bytes.js';
import { FormatError } from '../../../../src/util/errors.js';
import { archive, member, pax, readArchive } from '../../../helpers/tar-archive.js';

const ACCESS = 'system.posix_acl_access';
const DEFAULT = 'system.posix_acl_default';
const BASE = 'user::rw-,group::---,mask::rw-,other::---';
const access = (text: string) => pax([['SCHILY.acl.access', text]]);
/** The header fields of owner and group names. */
const owned = (uname: string, gname: string, uid: number, gid: number) => ({
  uid,
  gid,
  patch: [
    [265, uname],
    [297, gname],
  ] as const,
});

function inodeAt(tree: Tree, path: string): Inode {
  const entry = lookup(tree, ascii(path));
  assert.ok(entry !== undefined, path);
  return inodeOf(entry);
}

/** The list of a path as text; undefined when it has none. */
function listOf(tree: Tree, path: string, attribute = ACCESS): string | undefined {
  const value = inodeAt(tree, path).xattrs.get(ascii(attribute));
  const acl = value === undefined ? undefined : decodeAcl(value);
  return acl === undefined ? undefined : formatAclText(acl);
}

async function notKept(bytes: Buffer): Promise<string[]> {
  const heard: string[] = [];
  await readArchive(bytes, { onNotKept: (what, path) => heard.push(`${path}: ${what}`) });
  return heard;
}

async function rejects(bytes: Buffer, message: RegExp): Promise<void> {
  await assert.rejects(readArchive(bytes), (error: unknown) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

test('an access list as text becomes the attribute, and the mode follows it', async () => {
  const { tree } = await readArchive(
    archive(
      access(`${BASE},user:1234:rw-`),
      member({ name: 'f', mode: 0o4777 }),
      access('user::rwx,group::r-x,other::---'),
      member({ name: 'minimal', mode: 0o777 }),
      pax([
        ['SCHILY.acl.access', `${BASE},group:7:r-x`],
        ['SCHILY.acl.default', 'user::rwx,group::r-x,other::r-x'],
      ]),
      member({ name: 'd', typeflag: '5' }),
      access(''),
      member({ name: 'empty', mode: 0o644 }),
    ),
  );
  assert.equal(listOf(tree, '/f'), 'user::rw-,user:1234:rw-:1234,group::---,mask::rw-,other::---');
  assert.equal(inodeAt(tree, '/f').mode, 0o4660);
  assert.equal(inodeAt(tree, '/minimal').mode, 0o750);
  assert.equal(inodeAt(tree, '/minimal').xattrs.size, 0);
  assert.equal(listOf(tree, '/d'), 'user::rw-,group::---,group:7:r-x:7,mask::rw-,other::---');
  assert.equal(listOf(tree, '/d', DEFAULT), 'user::rwx,group::r-x,other::r-x');
  assert.equal(inodeAt(tree, '/empty').mode, 0o644);
});

test('default entries of an access record are of the default list, and leave the mode alone', async () => {
  const minimal = 'default:user::rwx,d:g::---,defaultother::---';
  const { tree } = await readArchive(
    archive(
      access(minimal),
      member({ name: 'only', typeflag: '5', mode: 0o751 }),
      access(`${BASE},u:5:r--,${minimal}`),
      member({ name: 'both', typeflag: '5', mode: 0o751 }),
      pax([
        ['SCHILY.acl.access', `${BASE},${minimal}`],
        ['SCHILY.acl.default', 'user::r--,group::r--,other::r--'],
      ]),
      member({ name: 'later', typeflag: '5' }),
      pax([
        ['SCHILY.acl.default', 'default:user::r--,group::r--'],
        ['SCHILY.acl.access', minimal],
      ]),
      member({ name: 'earlier', typeflag: '5' }),
      access(minimal),
      member({ name: 'file', mode: 0o641 }),
    ),
  );
  const listed = 'user::rwx,group::---,other::---';
  assert.equal(inodeAt(tree, '/only').mode, 0o751);
  assert.equal(listOf(tree, '/only'), undefined);
  assert.equal(listOf(tree, '/only', DEFAULT), listed);
  assert.equal(listOf(tree, '/both'), 'user::rw-,user:5:r--:5,group::---,mask::rw-,other::---');
  assert.equal(listOf(tree, '/both', DEFAULT), listed);
  assert.equal(listOf(tree, '/later', DEFAULT), 'user::r--,group::r--,other::r--');
  assert.equal(listOf(tree, '/earlier', DEFAULT), listed);
  assert.equal(inodeAt(tree, '/file').mode, 0o641);
  assert.equal(inodeAt(tree, '/file').xattrs.size, 0);
  assert.deepEqual(await notKept(archive(access(minimal), member({ name: 'f' }))), [
    'f: default access list of what is not a directory',
  ]);
});

test('a name has the number that the archive gives it, with an owner or in its account files', async () => {
  const passwd = '# users\nroot:x:0:0::/:\nalice:x:1500:100::/:\nalice:x:9:9::/:\n';
  const { tree } = await readArchive(
    archive(
      access(`${BASE},user:alice:rw-,group:staff:r--`),
      member({ name: 'f' }),
      member({ name: 'etc/passwd' }, passwd),
      member({ name: 'etc/group' }, `staff:x:50:\n${'x'.repeat(500)}`),
      member({ name: 'usr/lib/passwd' }, 'carol:x:1501::\nalice:x:1500::\n'),
      access(`${BASE},user:carol:rw-`),
      member({ name: 'h' }),
      access(`${BASE},user:bob:rw-,group:crew:r--`),
      member({ name: 'g', ...owned('bob', 'crew', 77, 78) }),
    ),
  );
  assert.match(listOf(tree, '/f') ?? '', /user:1500:rw-:1500,.*group:50:r--:50/);
  assert.match(listOf(tree, '/h') ?? '', /user:1501:rw-:1501/);
  assert.match(listOf(tree, '/g') ?? '', /user:77:rw-:77,.*group:78:r--:78/);
});

test('a name without a number, or of which the archive says what does not agree, is refused, and this machine is not asked', async () => {
  const daemon = [access(`${BASE},user:daemon:rw-`), member({ name: 'f' })];
  await rejects(
    archive(...daemon),
    /SCHILY\.acl\.access: f: the archive does not say which number the user "daemon" .* has/,
  );
  await rejects(
    archive(...daemon, member({ name: 'other/etc/passwd' }, 'daemon:x:1:1::/:\n')),
    /does not say which number/,
  );
  await rejects(
    archive(
      ...daemon,
      member({ name: 'etc/passwd' }, 'daemon:x:1:1::/:\n'),
      member({ name: 'g', ...owned('daemon', '', 2, 2) }),
    ),
    /what the archive says of the number of the user "daemon" of the access list does not agree/,
  );
  // Whoever wrote the archive calls 1 something else, so the tree's names are not those of the list.
  await rejects(
    archive(
      ...daemon,
      member({ name: 'etc/passwd' }, 'daemon:x:1:1::/:\n'),
      member({ name: 'g', ...owned('bin', '', 1, 2) }),
    ),
    /"daemon" of the access list does not agree/,
  );
});

test('account files that were replaced say nothing', async () => {
  await rejects(
    archive(
      member({ name: 'etc/passwd' }, 'alice:x:1:1::/:\n'),
      member({ name: 'etc/passwd' }, 'bob:x:1:1::/:\n'),
      access(`${BASE},user:alice:rw-`),
      member({ name: 'f' }),
    ),
    /user "alice"/,
  );
});

test('the kernel’s own form is exact, and wins over the text', async () => {
  const exact = orderAcl([
    { subject: 'owner', id: undefined, permissions: 6 },
    { subject: 'user', id: 5, permissions: 4 },
    { subject: 'owningGroup', id: undefined, permissions: 4 },
    { subject: 'mask', id: undefined, permissions: 4 },
    { subject: 'other', id: undefined, permissions: 0 },
  ]);
  const value = encodeAcl(exact);
  for (const [keyword, record] of [
    [`SCHILY.xattr.${ACCESS}`, value],
    [`LIBARCHIVE.xattr.${ACCESS}`, Buffer.from(value, 'latin1').toString('base64')],
  ] as const) {
    const records = pax([
      ['SCHILY.acl.access', `${BASE},user:nobody-knows:rw-`],
      [keyword, record],
    ]);
    const { tree } = await readArchive(archive(records, member({ name: 'f', mode: 0o640 })));
    assert.equal(inodeAt(tree, '/f').xattrs.get(ascii(ACCESS)), value);
    assert.equal(inodeAt(tree, '/f').mode, 0o640);
  }
});

test('what is not a list in the kernel’s form does not stand in the way of the text', async () => {
  const records = pax([
    [`SCHILY.xattr.${ACCESS}`, 'garbage'],
    ['SCHILY.acl.access', `${BASE},user:5:rw-`],
  ]);
  const { tree } = await readArchive(archive(records, member({ name: 'f' })));
  assert.match(listOf(tree, '/f') ?? '', /user:5:rw-:5/);
});

test('a later member takes the lists of an earlier one away, and a hard link does not', async () => {
  const { tree } = await readArchive(
    archive(
      access(`${BASE},user:1:rwx`),
      member({ name: 'd', typeflag: '5' }),
      member({ name: 'd', typeflag: '5', mode: 0o711 }),
      access(`${BASE},user:1:rwx`),
      member({ name: 'f' }),
      member({ name: 'g', typeflag: '1', linkname: 'f' }),
    ),
  );
  assert.equal(listOf(tree, '/d'), undefined);
  assert.equal(inodeAt(tree, '/d').mode, 0o711);
  assert.match(listOf(tree, '/g') ?? '', /user:1:rwx/);
});

test('lists where Linux has none are not kept, and told', async () => {
  const lists = pax([
    ['SCHILY.acl.access', `${BASE},user:1:rwx`],
    ['SCHILY.acl.default', BASE],
  ]);
  assert.deepEqual(
    await notKept(
      archive(
        lists,
        member({ name: 'link', typeflag: '2', linkname: 'x' }),
        lists,
        member({ name: 'f' }),
      ),
    ),
    [
      'link: access list of a symbolic link',
      'link: access list of a symbolic link',
      'f: default access list of what is not a directory',
    ],
  );
});

test('a list that is not valid is refused with its member', async () => {
  const refused = (text: string, message: RegExp) =>
    rejects(archive(access(text), member({ name: 'f' })), message);
  await refused('user::rw-,user:5:r--', /f: the access list is not valid: .*owning group/);
  await refused(`${BASE},user:5:r--,user:5:rw-`, /two entries for the user 5/);
  await refused(`${BASE},oops`, /SCHILY\.acl\.access: "oops" is not an entry/);
  await rejects(
    archive(pax([['SCHILY.acl.access', BASE]], 'g'), member({ name: 'f' })),
    /a global header may only give/,
  );
});
