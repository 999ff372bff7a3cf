/** How `rootseal status` says for people how far the running system was verified. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustText } from '../../../src/cli/render/status-text.js';

test('what is sealed says so, and what is not names the first thing that is missing', () => {
  const all = [
    'secure-boot',
    'setup-mode',
    'unified-kernel-image',
    'stub-version',
    'trust-manifest',
  ];
  assert.equal(
    trustText({ assurance: 'sealed', missing: [] }),
    'sealed: verified from the firmware on',
  );
  const texts = all.map((_, index) =>
    trustText({ assurance: 'verified', missing: all.slice(index) }),
  );
  assert.equal(texts[0], 'verified; nothing vouches for the initramfs (Secure Boot is off)');
  assert.equal(new Set(texts).size, all.length, 'each has words of its own');
  for (const text of texts)
    assert.match(text, /^verified; nothing vouches for the initramfs \([^-]/);
});

test('a word that is not known is shown as it is; what was not verified is never called so', () => {
  assert.match(trustText({ assurance: 'verified', missing: ['x-y'] }), /\(x-y\)$/);
  assert.match(trustText({ assurance: 'unverified', missing: ['verification'] }), /^unverified: /);
});
