import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, parsePolicy } from '../../../../src/formats/seal/policy.js';
import { parseRevocations, parseVerifierKeys } from '../../../../src/formats/seal/trusted-keys.js';
import { FormatError } from '../../../../src/util/errors.js';

const parse = (text: string) => parsePolicy(Buffer.from(text, 'utf8'));

test('a policy of an empty section wants one good seal', () => {
  assert.deepEqual(parse('# nothing\n[verify]\n'), DEFAULT_POLICY);
  assert.equal(DEFAULT_POLICY.verify.mode, 'seal');
  assert.equal(DEFAULT_POLICY.verify.threshold, 1);
});

test('a policy without a section is refused: it was emptied, and would be the loosest of all', () => {
  for (const text of ['', '\n', ' \t\n\n', '# threshold=2\n'])
    assert.throws(() => parse(text), FormatError, JSON.stringify(text));
});

test('every key is taken over', () => {
  const text =
    '[var]\nmount=none\n[etc]\nmount=transient\n[root]\ntransient=yes\n' +
    '[verify]\nmode=cmdline\nthreshold=2\nname=debian\nmin-sequence=7\n';
  assert.deepEqual(parse(text), {
    verify: { mode: 'cmdline', threshold: 2, name: 'debian', minSequence: 7 },
    root: { transient: true },
    etc: { mount: 'transient' },
    var: { mount: 'none' },
  });
});

test('an error names the line', () => {
  const at = (line: number) => (error: unknown) =>
    error instanceof FormatError && error.format === 'policy' && error.place.line === line;
  assert.throws(() => parse('[verify]\n\n# x\ntreshold=2\n'), at(4));
  assert.throws(() => parse('[verify]\nthreshold=0\n'), at(2));
  assert.throws(() => parse('[verify]\n[verify]\n'), at(2));
  assert.throws(() => parse('[__proto__]\n'), at(1));
  assert.throws(() => parse('[verify]\nconstructor=1\n'), at(2));
});

test('an error in a file of keys or revocations names the line', () => {
  assert.throws(() => parseVerifierKeys(Buffer.from('\n\nx\n')), { message: /line 3/ });
  assert.throws(() => parseRevocations(Buffer.from('\nx\n')), { message: /line 2/ });
});
