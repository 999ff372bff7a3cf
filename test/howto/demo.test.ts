/** `npm run demo`, the first thing that the README asks for, from beginning to end: with real machines, in the open. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { execa } from 'execa';
import { test } from 'node:test';
import { CHECKOUT } from './root.js';

/** What `npm run demo` starts when all is set up. */
const DEMO = ['--enable-source-maps', 'test/demo/demo.mjs'];
const ALL = 'The demo did all it set out to do.';

/** It says itself what it could not do here. */
function lacks(): string | false {
  if (process.getuid?.() !== 0) return 'needs root: the demo mounts what it has made';
  const { status, stdout } = spawnSync(process.execPath, [...DEMO, '--set-up'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  return status !== 0 && `needs what the demo needs: ${stdout.trim()}`;
}

test('npm run demo does all that it sets out to do', { skip: lacks() }, async (t) => {
  const demo = execa(process.execPath, DEMO, { cwd: CHECKOUT, all: true, reject: false });
  t.after(() => demo.kill());
  const { exitCode, all } = await demo;
  assert.equal(all.trimEnd().split('\n').at(-1), ALL, all);
  assert.equal(exitCode, 0, all);
});
