import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '../../../../src/util/errors.js';
import { archive, member, pax, readArchive } from '../../../helpers/tar-archive.js';

const file = member({ name: './ok' }, 'x');
const zero = Buffer.alloc(512);

const cases: [title: string, bytes: Uint8Array, message: RegExp][] = [
  ['a path with ".."', archive(member({ name: './a/../../etc/passwd' })), /"\.\." is not a name/],
  ['a path of ".." alone', archive(member({ name: '..' })), /path: \.\.: /],
  [
    'a link target with ".."',
    archive(file, member({ typeflag: '1', linkname: '../ok' })),
    /linkname: /,
  ],
  [
    'a member below a symbolic link',
    archive(member({ name: 'l', typeflag: '2', linkname: '/etc' }), file, member({ name: 'l/x' })),
    /offset 1536, path: l\/x: its parent l is not a directory but a symlink/,
  ],
  [
    'a member below a file',
    archive(file, member({ name: './ok/x' })),
    /not a directory but a file/,
  ],
  [
    'a hard link through a symbolic link',
    archive(
      member({ name: 'd/f' }),
      member({ name: 'l', typeflag: '2', linkname: 'd' }),
      member({ name: 'h', typeflag: '1', linkname: 'l/f' }),
    ),
    /h: the link's target l\/f is not in the archive before it/,
  ],
  [
    'a hard link to nothing',
    archive(member({ typeflag: '1', linkname: 'no' })),
    /not in the archive/,
  ],
  ['a hard link to later', archive(member({ typeflag: '1', linkname: './ok' }), file), /before it/],
  [
    'a hard link to a directory',
    archive(member({ name: 'd', typeflag: '5' }), member({ typeflag: '1', linkname: 'd' })),
    /is a directory/,
  ],
  ['a hard link to the root', archive(member({ typeflag: '1', linkname: '/' })), /is a directory/],
  ['a hard link without target', archive(member({ typeflag: '1' })), /the path is empty/],
  ['a symbolic link without target', archive(member({ typeflag: '2' })), /target is empty/],
  [
    'a symbolic link with an overlong target',
    archive(pax([['linkpath', 'x'.repeat(4096)]]), member({ typeflag: '2' })),
    /more than 4095/,
  ],
  [
    'a root that is a file',
    archive(member({ name: './', typeflag: '2', linkname: 'x' })),
    /the root is not/,
  ],
  ['an empty path', archive(member({ name: '' })), /the path is empty/],
  ['a NUL in a pax path', archive(pax([['path', 'a\0b']]), file), /contains a NUL/],
  ['a name of 256 bytes', archive(pax([['path', 'x'.repeat(256)]]), file), /256 bytes/],
  [
    'a path of 70,000 bytes',
    archive(pax([['path', 'x/'.repeat(35_000)]]), file),
    /longer than 65536/,
  ],
  ['a negative size', archive(member({ patch: [[124, '\xff'.repeat(12)]] })), /size: -1 is not/],
  ['a negative owner', archive(member({ patch: [[108, '\xff'.repeat(8)]] })), /uid: -1 is not/],
  ['an owner beyond 32 bits', archive(member({ patch: [[108, '\x80\0\0\x01\0\0\0\0']] })), /uid: /],
  [
    'a mode that is not a number',
    archive(member({ patch: [[100, 'rwxr-xr-x']] })),
    /mode: not an octal/,
  ],
  ['a device beyond 12 bits', archive(member({ typeflag: '3', devmajor: 0x1000 })), /devmajor: /],
  [
    'a device beyond 20 bits',
    archive(
      pax([
        ['SCHILY.devmajor', '1'],
        ['SCHILY.devminor', '1048576'],
      ]),
      member({ typeflag: '3' }),
    ),
    /1:1048576/,
  ],
  ['an unknown type', archive(member({ typeflag: 'Q' })), /typeflag: \.\/f: unknown type Q/],
  [
    'a piece of a file of another volume',
    archive(member({ typeflag: 'M' }, 'x')),
    /typeflag: \.\/f: type M is not read: a piece of a file that began in another volume/,
  ],
  [
    'a piece of a file of another pax volume',
    archive(pax([['GNU.volume.offset', '512']], 'g'), file),
    /GNU\.volume\.offset: a piece of a file that began in another volume/,
  ],
  [
    'a symbolic link with content',
    archive(member({ typeflag: '2', linkname: 'x' }, 'content')),
    /size: \.\/f: content of what is not a file/,
  ],
  ['an old directory with content', archive(member({ name: 'd/' }, 'x')), /directory with content/],
  ['a wrong checksum', archive(Buffer.from(file).fill('7', 110, 111)), /checksum/],
  ['nothing at all', Buffer.alloc(0), /offset 0: there is nothing in it/],
  ['half a header', file.subarray(0, 400), /offset 400: the archive is cut off/],
  [
    'a text',
    Buffer.from('hello\n'),
    /offset 0: this is not a tar archive, or a compression that is not read$/,
  ],
  ['a page of HTML', Buffer.from('\n<!DOCTYPE HTML><p>Log in'), /it begins as a page of HTML does/],
  ['bzip2', Buffer.from(`BZh91AY&SY${'\xff'.repeat(600)}`, 'latin1'), /: it begins as bzip2 does/],
  ['compress', Buffer.from(`\x1f\x9d${'\xff'.repeat(600)}`, 'latin1'), /begins as compress does/],
  ['lz4', Buffer.from('\x04\x22\x4d\x18', 'latin1'), /begins as lz4 does/],
  ['a zip archive', Buffer.from(`PK\x03\x04${'x'.repeat(600)}`), /begins as a zip archive does/],
  ['a cpio archive', Buffer.from(`070701${'0'.repeat(600)}`), /begins as a cpio archive does/],
  [
    'a disk image that begins with zeros',
    Buffer.concat([Buffer.alloc(32_768), Buffer.from('CD001')]),
    /this is not a tar archive, .*: it begins with zeros/,
  ],
  ['random bytes', Buffer.alloc(1024, 0xe7), /this is not a tar archive/],
  ['half a file', file.subarray(0, 600), /cut off/],
  ['no end marker', file, /offset 1024: the archive is cut off/],
  ['half an end marker', Buffer.concat([file, zero]), /cut off/],
  ['a lone zero block', Buffer.concat([file, zero, file]), /offset 1536: a lone zero block/],
  ['data after the end marker', Buffer.concat([archive(file), file]), /data after the end marker/],
  ['a pax header before the end', archive(pax([['path', 'x']])), /followed by no member/],
  [
    'a long name before the end',
    archive(member({ typeflag: 'L' }, 'x\0')),
    /followed by no member/,
  ],
  ['two pax headers', archive(pax([['uid', '1']]), pax([['uid', '2']]), file), /two x headers/],
  [
    'two long names',
    archive(member({ typeflag: 'L' }, 'x\0'), member({ typeflag: 'L' }, 'y\0'), file),
    /two L headers/,
  ],
  ['an empty long name', archive(member({ typeflag: 'L' }, '\0'), file), /empty long name/],
  [
    'a huge pax header',
    archive(member({ typeflag: 'x', size: 2 ** 20 + 1 })),
    /an extended header of 1048577 bytes, and the limit is 1048576/,
  ],
  ['a huge long name', archive(member({ typeflag: 'L', size: 2 ** 30 })), /size: /],
  ['a damaged pax record', archive(member({ typeflag: 'x' }, '8 path=x\n'), file), /pax record/],
  ['a global path', archive(pax([['path', 'x']], 'g'), file), /may only give/],
  ['a global attribute', archive(pax([['SCHILY.xattr.user.a', 'x']], 'g'), file), /may only give/],
];

for (const [title, bytes, message] of cases) {
  test(`${title} is refused with FORMAT_INVALID`, async () => {
    await assert.rejects(readArchive(bytes), (error: unknown) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.equal(error.format, 'tar');
      assert.match(error.message, message);
      assert.equal(typeof error.place.offset, 'number');
      return true;
    });
  });
}

test('zeros after the end marker are padding, of whole blocks or not', async () => {
  await readArchive(Buffer.concat([archive(file), Buffer.alloc(10_240)]));
  await readArchive(Buffer.concat([archive(file), Buffer.alloc(7)]));
});
