/** Names of kernels on the ESP: what they are made of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifyUki, KernelHash } from '../../../../src/formats/deployment/kernel-files.js';

function nameOf(...contents: readonly string[]): string {
  const sum = new KernelHash();
  for (const content of contents) {
    sum.begin({ size: content.length });
    sum.update(Buffer.from(content));
  }
  return sum.end();
}

test('a byte that is of the kernel or of the initramfs gives other names', () => {
  const names = [nameOf('ab', 'cd'), nameOf('abc', 'd'), nameOf('a', 'bcd'), nameOf('', 'abcd')];
  assert.equal(new Set(names).size, names.length);
  assert.equal(nameOf('ab', 'cd'), names[0]);
});

test('a unified kernel image is called after its size and its bytes, and never as a kernel with an initramfs', () => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(2n);
  const joined = Buffer.concat([Buffer.from('ab'), size, Buffer.from('cd')]);
  assert.deepEqual(identifyUki('6', joined), {
    ...{ release: '6', hash: nameOf(joined.toString('latin1')), uki: joined.length },
  });
  assert.notEqual(identifyUki('6', joined).hash, nameOf('ab', 'cd'));
  assert.notEqual(identifyUki('6', Buffer.from('ab')).hash, nameOf('ab', ''));
});
