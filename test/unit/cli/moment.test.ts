/** When a deployment becomes the default, by what a command line says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStaged } from '../../../src/cli/commands/deploy.js';

const UNSAID = { now: false, stage: false };

test('the running system is staged for, also where its directory is named', () => {
  for (const sysroot of [undefined, '/sysroot', '/sysroot/', '/mnt/../sysroot'])
    assert.equal(isStaged({ ...UNSAID, sysroot }), true, sysroot);
  for (const sysroot of ['/', '/mnt', '/mnt/sysroot', '/sysroot/composefs'])
    assert.equal(isStaged({ ...UNSAID, sysroot }), false, sysroot);
});

test('--now and --stage are asked before that, and exclude each other', () => {
  for (const sysroot of [undefined, '/mnt']) {
    assert.equal(isStaged({ now: true, stage: false, sysroot }), false);
    assert.equal(isStaged({ now: false, stage: true, sysroot }), true);
    assert.throws(() => isStaged({ now: true, stage: true, sysroot }), { code: 'USAGE' });
  }
});
