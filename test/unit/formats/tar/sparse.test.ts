import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTar } from '../../../../src/formats/tar/read-archive.js';
import { lookup } from '../../../../src/formats/tree/walk.js';
import { ascii } from '../../../../src/util/bytes.js';
import { FormatError } from '../../../../src/util/errors.js';
import {
  archive,
  chunksOf,
  member,
  pax,
  readArchive,
  type HeaderChanges,
} from '../../../helpers/tar-archive.js';

const octal = (value: number) => value.toString(8).padStart(11, '0') + '\0';

/** A GNU `S` member; pieces beyond four go to extension headers of 21. */
function oldSparse(realsize: number, pieces: [number, number][], content: string): Buffer {
  const encode = (part: [number, number][]) => part.flat().map(octal).join('');
  const more = pieces.slice(4);
  const extensions: Buffer[] = [];
  for (let start = 0; start < more.length; start += 21) {
    const block = Buffer.alloc(512);
    block.write(encode(more.slice(start, start + 21)), 'latin1');
    if (start + 21 < more.length) block[504] = 1;
    extensions.push(block);
  }
  const patch: NonNullable<HeaderChanges['patch']> = [
    [257, 'ustar  \0'],
    [386, encode(pieces.slice(0, 4))],
    [482, more.length > 0 ? '\x01' : '\0'],
    [483, octal(realsize)],
  ];
  const whole = member({ name: 's', typeflag: 'S', patch }, content);
  return Buffer.concat([whole.subarray(0, 512), ...extensions, whole.subarray(512)]);
}

/** The events that a sink with `zeros` sees. */
async function events(bytes: Uint8Array): Promise<string[]> {
  const seen: string[] = [];
  await readTar(chunksOf(bytes, 1 << 20), {
    file: (size) => {
      seen.push(`file ${size}`);
      return {
        write: (chunk) => void seen.push(Buffer.from(chunk).toString('latin1')),
        zeros: (length) => void seen.push(`zeros ${length}`),
        finish: () => Promise.resolve({ inline: undefined, digest: undefined, payload: undefined }),
        abort: () => undefined,
      };
    },
  });
  return seen;
}

const TEN_GIB = 10 * 2 ** 30;
const map10 = Buffer.alloc(512);
map10.write(`2\n5\n2\n${TEN_GIB}\n0\n`, 'latin1');
const pieces = ['file 10737418240', 'zeros 5', 'ab', 'zeros 10737418233'];

test('holes are told apart from content in every sparse format', async () => {
  const formats = {
    old: oldSparse(
      8 ** 11 - 1,
      [
        [5, 2],
        [8 ** 11 - 1, 0],
      ],
      'ab',
    ),
    '0.0': Buffer.concat([
      pax([
        ['GNU.sparse.size', String(TEN_GIB)],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '5'],
        ['GNU.sparse.numbytes', '2'],
        ['GNU.sparse.offset', String(TEN_GIB)],
        ['GNU.sparse.numbytes', '0'],
      ]),
      member({ name: 's' }, 'ab'),
    ]),
    '0.1': Buffer.concat([
      pax([
        ['GNU.sparse.size', String(TEN_GIB)],
        ['GNU.sparse.map', `5,2,${TEN_GIB},0`],
        ['GNU.sparse.name', 's'],
      ]),
      member({ name: './GNUSparseFile.0/s' }, 'ab'),
    ]),
    '1.0': Buffer.concat([
      pax([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.realsize', String(TEN_GIB)],
      ]),
      member({ name: './GNUSparseFile.0/s' }, Buffer.concat([map10, Buffer.from('ab')])),
    ]),
  };
  for (const [format, bytes] of Object.entries(formats)) {
    const expected = pieces.map((event) =>
      format === 'old'
        ? event.replace('10737418240', '8589934591').replace('10737418233', '8589934584')
        : event,
    );
    assert.deepEqual(await events(archive(bytes)), expected, format);
  }
});

test('an old sparse map runs over several extension headers', async () => {
  const many = Array.from({ length: 60 }, (_, index): [number, number] => [index * 10, 1]);
  const content = Array.from({ length: 60 }, (_, index) => String(index % 10)).join('');
  const seen = await events(archive(oldSparse(600, many, content)));
  assert.equal(seen.length, 1 + 2 * 60);
  assert.equal(seen.at(-1), 'zeros 9');
  assert.equal(seen.filter((event) => event.length === 1).join(''), content);
});

test('a 1.0 map may be longer than a block', async () => {
  const count = 300;
  const lines = [count, ...Array.from({ length: count }, (_, index) => [index * 2, 1]).flat()];
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const map = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  map.set(text);
  const { tree } = await readArchive(
    archive(
      pax([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.realsize', '600'],
      ]),
      member({ name: 's' }, Buffer.concat([map, Buffer.alloc(count, 'x')])),
      member({ name: 't' }, 'next'),
    ),
  );
  const entry = lookup(tree, ascii('/s'));
  assert.ok(entry?.kind === 'file' && entry.size === 600);
  assert.ok(lookup(tree, ascii('/t')));
});

test('a sink without zeros gets the holes as zeros', async () => {
  const { tree, sink } = await readArchive(archive(oldSparse(200_000, [[100_000, 2]], 'ab')));
  const entry = lookup(tree, ascii('/s'));
  assert.ok(entry?.kind === 'file');
  const expected = Buffer.alloc(200_000);
  expected.write('ab', 100_000);
  assert.ok(sink.objects.get(entry.digest ?? '')?.equals(expected));
});

test('damaged sparse maps are refused with FORMAT_INVALID', async () => {
  const v1 = (map: string, realsize = '100', size?: number) =>
    Buffer.concat([
      pax([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.realsize', realsize],
      ]),
      member(
        size === undefined ? { name: 's' } : { name: 's', size },
        Buffer.concat([Buffer.from(map), Buffer.alloc(512 - map.length), Buffer.from('ab')]),
      ),
    ]);
  const v0 = (map: string, size = '100', rest: [string, string][] = []) =>
    Buffer.concat([
      pax([['GNU.sparse.size', size], ['GNU.sparse.map', map], ...rest]),
      member({ name: 's' }, 'ab'),
    ]);
  const cases: [string, Buffer, RegExp][] = [
    [
      'overlap',
      oldSparse(
        100,
        [
          [0, 1],
          [0, 1],
        ],
        'ab',
      ),
      /overlap/,
    ],
    ['beyond the end', oldSparse(100, [[99, 2]], 'ab'), /leave the file/],
    ['less than is stored', oldSparse(100, [[0, 1]], 'ab'), /have 1 bytes, the archive 2/],
    ['more than is stored', v0('0,3'), /have 3 bytes, the archive 2/],
    [
      'no size',
      Buffer.concat([pax([['GNU.sparse.map', '0,2']]), member({}, 'ab')]),
      /no real size/,
    ],
    [
      'no map',
      Buffer.concat([pax([['GNU.sparse.size', '2']]), member({}, 'ab')]),
      /unknown version/,
    ],
    ['version 2', v0('0,2', '100', [['GNU.sparse.major', '2']]), /unknown version 2/],
    ['half a pair', v0('', '100', [['GNU.sparse.offset', '2']]), /without a length/],
    ['a number with letters', v1('1\nx\n2\n'), /bad number/],
    ['an empty number', v1('1\n\n2\n'), /bad number/],
    ['a long number', v1('1\n99999999999999999\n2\n'), /bad number/],
    ['an unsafe number', v1('1\n9999999999999999\n2\n'), /bad number/],
    ['too many pieces', v1('1000001\n'), /more than 1000000/],
    ['a map without end', v1(`200\n${'1\n'.repeat(254)}`, '100', 512), /no end/],
    ['a huge hole', v0('0,2', '1099511627777'), /more than 1099511627776/],
    ['not GNU', member({ typeflag: 'S' }), /not GNU/],
  ];
  for (const [title, bytes, message] of cases) {
    await assert.rejects(readArchive(archive(bytes)), (error: unknown) => {
      assert.ok(error instanceof FormatError, `${title}: ${String(error)}`);
      assert.match(error.message, message, title);
      return true;
    });
  }
});

test('maxSparseSize bounds what a small archive can ask for', async () => {
  const bytes = archive(oldSparse(2000, [[0, 2]], 'ab'));
  await assert.rejects(readArchive(bytes, { maxSparseSize: 1999 }), FormatError);
  await readArchive(bytes, { maxSparseSize: 2000 });
});
