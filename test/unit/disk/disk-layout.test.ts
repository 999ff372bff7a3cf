import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlainCommand, quoteArgument } from '../../../src/disk/debugfs-command.js';
import {
  ESP_SIZE_DEFAULT,
  ext4Overhead,
  ext4Size,
  layOut,
  MEBIBYTE,
  parseSize,
  smallestRoot,
} from '../../../src/disk/disk-layout.js';
import { RootsealError } from '../../../src/util/errors.js';

for (const [text, size] of [
  ['1', 1],
  ['4096', 4096],
  ['512M', 512 * 2 ** 20],
  ['8G', 8 * 2 ** 30],
  ['8GiB', 8 * 2 ** 30],
  ['1024T', 2 ** 50],
] as const) {
  test(`${text} is ${size} bytes`, () => {
    assert.equal(parseSize('--size', text), size);
  });
}

for (const text of ['', '0', '-1', '1.5G', '4X', '1025T', 'G', '4 G', '0x10']) {
  test(`${JSON.stringify(text)} is not a size`, () => {
    assert.throws(() => parseSize('--size', text), /--size: .* is not a size/);
  });
}

test('partitions follow each other, and a mebibyte is left at both ends', () => {
  const { size, esp, root } = layOut(
    { disk: undefined, esp: undefined },
    { blocks: 100, inodes: 50 },
    0,
  );
  assert.deepEqual(esp, { start: MEBIBYTE, size: ESP_SIZE_DEFAULT });
  assert.equal(root.start, esp.start + esp.size);
  assert.equal(root.start + root.size + MEBIBYTE, size);
});

function spaceNeeded(disk: number | undefined, esp: number | undefined, content: number): number {
  const needs = { blocks: 30_000, inodes: 50_000 };
  try {
    layOut({ disk, esp }, needs, content);
    return 0;
  } catch (error) {
    assert.ok(error instanceof RootsealError && error.code === 'NO_SPACE');
    assert.match(error.hint ?? '', /^say --(esp-)?size [0-9]+M or more$/);
    return Number(error.details['needed']);
  }
}

test('a size that is too small says which one is enough, and that one is', () => {
  const disk = spaceNeeded(10 * MEBIBYTE, undefined, 0);
  assert.ok(disk > 10 * MEBIBYTE);
  assert.equal(spaceNeeded(disk, undefined, 0), 0);
  assert.ok(spaceNeeded(disk - 1, undefined, 0) > 0);
  const esp = spaceNeeded(undefined, MEBIBYTE, 100 * MEBIBYTE);
  assert.ok(esp > 100 * MEBIBYTE);
  assert.equal(spaceNeeded(undefined, esp, 100 * MEBIBYTE), 0);
});

test('the ESP grows with what it must hold', () => {
  const wishes = { disk: undefined, esp: undefined };
  const { esp } = layOut(wishes, { blocks: 1, inodes: 1 }, 600 * MEBIBYTE);
  assert.ok(esp.size > 3 * 600 * MEBIBYTE, 'three deployments of the size of this one');
});

test('the smallest root holds what it must, whatever the number of blocks and inodes', () => {
  for (const blocks of [0, 1000, 32_768, 300_000, 5_000_000]) {
    for (const inodes of [10, 10_000, 1_000_000]) {
      const needs = { blocks, inodes };
      const size = ext4Size(smallestRoot(needs), needs);
      assert.ok(size.blocks - ext4Overhead(size) >= blocks);
      assert.ok(size.inodes >= inodes + 11);
    }
  }
});

test('a quote in an argument of debugfs is doubled, and nothing else is special', () => {
  assert.equal(quoteArgument('a "b" \\ <12>'), '"a ""b"" \\ <12>"');
  assert.ok(isPlainCommand('mkdir "a\tb"'));
  for (const command of ['a\nb', 'a\rb', 'x'.repeat(8000)]) assert.ok(!isPlainCommand(command));
});
