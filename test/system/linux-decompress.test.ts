import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDecompressed } from '../../src/linux/decompress.js';
import { until } from '../helpers/hang.js';
import { scratchDirectory } from '../helpers/scratch.js';

const content = Buffer.from(
  Array.from({ length: 50_000 }, (_, index) => `line ${index * 7919}\n`).join(''),
);
const half = content.length / 2;
const compressors: Record<string, () => Buffer> = {
  plain: () => content,
  gzip: () => gzipSync(content),
  'gzip of two members': () =>
    Buffer.concat([gzipSync(content.subarray(0, half)), gzipSync(content.subarray(half))]),
  zstd: () => compress('zstd'),
  xz: () => compress('xz'),
};

function lacking(format: string): string | false {
  if (!/^(zstd|xz)$/.test(format)) return false;
  return spawnSync(format, ['--version']).error === undefined ? false : `needs ${format}`;
}

function compress(program: string): Buffer {
  return spawnSync(program, ['-c'], { input: content, maxBuffer: 2 ** 26 }).stdout;
}

async function readAll(source: string | AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openDecompressed(source)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A stream in pieces of `size` bytes that tells when it is closed. */
async function* pieces(bytes: Buffer, size: number, onClose?: () => void) {
  try {
    for (let at = 0; at < bytes.length; at += size) {
      await Promise.resolve();
      yield bytes.subarray(at, at + size);
    }
  } finally {
    onClose?.();
  }
}

function childCount(): number {
  const path = `/proc/self/task/${process.pid}/children`;
  return fs.readFileSync(path, 'utf8').split(' ').filter(Boolean).length;
}

for (const [format, make] of Object.entries(compressors)) {
  const skip = lacking(format);
  test(`${format} is read from a file and from a stream of any pieces`, { skip }, async (t) => {
    const bytes = make();
    const path = join(scratchDirectory(t), 'file');
    fs.writeFileSync(path, bytes);
    assert.ok((await readAll(path)).equals(content));
    assert.ok((await readAll(pieces(bytes, 100_003))).equals(content));
    const start = Buffer.concat([bytes.subarray(0, 10)]);
    const slow = async function* () {
      yield* pieces(start, 1);
      yield* pieces(bytes.subarray(10), 65536);
    };
    assert.ok((await readAll(slow())).equals(content));
  });

  if (format === 'plain') continue;
  test(`damaged and cut ${format} are format errors`, { skip }, async () => {
    const bytes = make();
    const message = /^damaged or cut (gzip|zstd|xz) stream$/;
    const cut = bytes.subarray(0, bytes.length - 100);
    await assert.rejects(readAll(pieces(cut, 4096)), { code: 'FORMAT_INVALID', message });
    const broken = Buffer.from(bytes);
    broken.fill(0x55, 1000, 1200);
    await assert.rejects(readAll(pieces(broken, 4096)), { code: 'FORMAT_INVALID', message });
  });

  test(`stopping early closes the source of ${format}`, { skip }, async () => {
    const bytes = make();
    let closed = false;
    const source = pieces(bytes, 1000, () => {
      closed = true;
    });
    for await (const chunk of openDecompressed(source)) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.ok(closed);
    await until({ what: `the programs for ${format} to end` }, () => childCount() === 0);
  });

  test(`a failing source of ${format} is not taken for damage`, { skip }, async () => {
    const failing = async function* () {
      yield* pieces(make().subarray(0, 5000), 1000);
      throw new Error('the disk is gone');
    };
    await assert.rejects(readAll(failing()), { message: 'the disk is gone' });
  });
}

test('nothing at all is nothing', async () => {
  assert.equal((await readAll(pieces(Buffer.alloc(0), 1))).length, 0);
});

test('a missing file is told by the system', async () => {
  await assert.rejects(readAll('/nonexistent'), { code: 'ENOENT' });
});
