import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Sysroot } from '../../../../src/deploy/host/sysroot.js';
import type { Action } from '../../../../src/deploy/plan/world.js';
import { explainChange, explainStep } from '../../../../src/deploy/record/failure.js';
import { RootsealError, SyscallError } from '../../../../src/util/errors.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

const ENTRY: Action = { do: 'write-entry', file: 'rootseal-os-2.conf', id: 'ab'.repeat(32) };
const STATE: Action = { do: 'remove-state', id: 'ab'.repeat(32) };

function sysroot(t: TestContext): Sysroot {
  const directory = scratchDirectory(t);
  fs.mkdirSync(`${directory}/boot`);
  return Sysroot.at(directory);
}

function nodeError(code: string, text: string, path?: string): Error {
  const named = path === undefined ? '' : ` '${path}'`;
  const error = new Error(`${code}: ${text}, write${named}`);
  return Object.assign(error, { code, syscall: 'write', ...(path === undefined ? {} : { path }) });
}

const STEPS: readonly (readonly [errno: string, status: string, wanted: RegExp, hint: RegExp])[] = [
  ['ENOSPC', 'NO_SPACE', /the ESP \(\/\S+\/boot\) is full: \d+ bytes are free$/, /undeploy/],
  ['EDQUOT', 'NO_SPACE', /the ESP \(\/\S+\/boot\) is full/, /undeploy/],
  ['EROFS', 'READ_ONLY', /the ESP \(\/\S+\/boot\) is mounted read-only$/, /remount,rw \/\S+\/boot/],
  ['EPERM', 'PERMISSION_DENIED', /it is not permitted$/, /lsattr -d \/\S+\/boot/],
  ['EMFILE', 'FAILED', /too many files are open$/, /ulimit -n/],
  ['EIO', 'FAILED', /the ESP \(\/\S+\/boot\) has an input\/output error$/, /dmesg/],
];

for (const [errno, code, wanted, hint] of STEPS)
  test(`${errno} in a step is a sentence that names the step and the place, with a hint`, (t) => {
    const host = sysroot(t);
    const error = explainStep(nodeError(errno, 'whatever it is'), ENTRY, host);
    assert.ok(error instanceof RootsealError);
    assert.equal(error.code, code);
    assert.match(error.message, /^boot entry rootseal-os-2\.conf cannot be written: /);
    assert.match(error.message, wanted);
    assert.match(error.hint ?? '', hint);
    // The place has a name by chance, which may look like one.
    assert.doesNotMatch(error.message.replace(host.boot, ''), /E[A-Z]{3,}/);
  });

test('a step that fails otherwise says so in words, with the path', (t) => {
  const path = '/sysroot/state/deploy/x/etc';
  for (const error of [
    nodeError('EBUSY', 'resource busy or locked', path),
    new SyscallError('unlinkat', 'EBUSY', path, 'Device or resource busy'),
  ]) {
    const explained = explainStep(error, STATE, sysroot(t));
    assert.ok(explained instanceof RootsealError);
    assert.match(
      explained.message,
      /^the state of deployment (?:ab){32} cannot be removed: [A-Za-z ]+: \/sysroot\/state\/deploy\/x\/etc$/,
    );
  }
});

test('around the steps the path says which file system it is, and what is no such failure stays as it is', (t) => {
  const host = sysroot(t);
  const full = (path: string) =>
    (explainChange(nodeError('ENOSPC', 'no space', path), host) as Error).message;
  assert.match(
    full(host.file('state/lock')),
    /state\/lock cannot be used: the root file system \(/,
  );
  assert.match(full(`${host.boot}/loader`), /boot\/loader cannot be used: the ESP \(/);
  for (const other of [
    new RootsealError('LOCKED', 'somebody is at it'),
    new TypeError('a mistake'),
    nodeError('ENOENT', 'no such file', '/x'),
  ])
    assert.equal(explainChange(other, host), other);
});
