/** Kernel arguments of many files: each file adds, and takes away from what came before it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WantedArguments } from '../../../src/disk/wanted-arguments.js';
import { isMeant } from '../../../src/formats/kargs.js';

const from = 'image:/usr/lib/rootseal/kargs.d/10-a.toml';

test('an argument that was taken away may be asked for again, and then stands at the end', () => {
  const wanted = new WantedArguments();
  for (const value of ['console=ttyS0', 'quiet', 'console=tty0']) wanted.add({ value, from });
  wanted.remove('console');
  wanted.remove('console=tty0');
  wanted.add({ value: 'console=ttyS0', from });
  assert.deepEqual(
    wanted.list().map(({ value }) => value),
    ['quiet', 'console=ttyS0'],
  );
});

test('what is left is what each step for itself would leave', () => {
  const argument = fc.constantFrom('a', 'a=', 'a=1', 'a=2', '"a=1"', '"a"', 'b', 'b=1', '"b c"');
  const step = fc.record({ isAdded: fc.boolean(), argument });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const wanted = new WantedArguments();
      let expected: string[] = [];
      for (const { isAdded, argument: value } of steps)
        if (isAdded) {
          wanted.add({ value, from });
          expected.push(value);
        } else {
          wanted.remove(value);
          expected = expected.filter((one) => !isMeant(one, value));
        }
      assert.deepEqual(
        wanted.list().map(({ value }) => value),
        expected,
      );
    }),
    { seed: 16 },
  );
});
