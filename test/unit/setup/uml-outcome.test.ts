/** A failure of the bench told apart from one of what it runs, by consoles as they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfBench, type KernelEnd, panicLines } from '../../vm/uml/outcome.js';

const LAST = ['uml: exit status 0', 'reboot: Power down'];
const POWERED_OFF: KernelEnd = { code: 0, signal: null, givenUp: false, lines: LAST };
/** From a kernel that gcc 14 had built. */
const PANIC = [
  'Kernel panic - not syncing: Segfault with no mm',
  'CPU: 0 UID: 0 PID: 1207 Comm: wipefs Not tainted 6.12.117 #1',
  'Call Trace:',
  ' [<60380000>] ? unix_release_sock+0x0/0x330',
  ' [<60310000>] ? sock_close+0x0/0x20',
];
const PANICKED: KernelEnd = { code: null, signal: 'SIGABRT', givenUp: false, lines: PANIC };

test('a guest that powered off has an outcome, whatever its command printed', () => {
  assert.equal(failureOfBench(POWERED_OFF), undefined);
  assert.equal(failureOfBench({ ...POWERED_OFF, lines: [...PANIC, ...LAST] }), undefined);
});

test('a panic is a failure of the bench, named by what the kernel said', () => {
  const failure = 'the kernel of the bench panicked: Segfault with no mm';
  assert.equal(failureOfBench(PANICKED), failure);
});

test('of several panics on a console the last one ended the kernel', () => {
  const lines = ['Kernel panic - not syncing: printed by a command', 'between', ...PANIC];
  assert.match(failureOfBench({ ...PANICKED, lines }) ?? '', /: Segfault with no mm$/);
  assert.deepEqual(panicLines(lines), PANIC);
});

test('a panic counts even when the command had ended: what it wrote may not be on the disks', () => {
  const lines = ['uml: exit status 0', ...PANIC];
  assert.match(failureOfBench({ ...PANICKED, lines }) ?? '', /panicked/);
});

test('a kernel that a signal ended, or that ended with a status, failed without a panic', () => {
  const lines = ['Run init as init process'];
  assert.equal(
    failureOfBench({ code: null, signal: 'SIGBUS', givenUp: false, lines }),
    'the kernel of the bench ended by SIGBUS',
  );
  assert.equal(
    failureOfBench({ code: 1, signal: null, givenUp: false, lines }),
    'the kernel of the bench ended with status 1',
  );
  assert.deepEqual(panicLines(lines), lines);
});

test('a guest that was given up hung, and is not started again', () => {
  const killed = { ...POWERED_OFF, code: null, signal: 'SIGKILL', givenUp: true } as const;
  assert.equal(failureOfBench(killed), undefined);
});
