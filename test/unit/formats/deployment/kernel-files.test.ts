/** Names of kernels on the ESP: what they are made of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KernelHash } from '../../../../src/formats/deployment/kernel-files.js';

function nameOf(vmlinuz: string, initrd: string): string {
  const sum = new KernelHash({ vmlinuz: vmlinuz.length, initrd: initrd.length });
  sum.begin('vmlinuz');
  sum.update(Buffer.from(vmlinuz));
  sum.begin('initrd');
  sum.update(Buffer.from(initrd));
  return sum.end();
}

test('a byte that is of the kernel or of the initramfs gives other names', () => {
  const names = [nameOf('ab', 'cd'), nameOf('abc', 'd'), nameOf('a', 'bcd'), nameOf('', 'abcd')];
  assert.equal(new Set(names).size, names.length);
  assert.equal(nameOf('ab', 'cd'), names[0]);
});
