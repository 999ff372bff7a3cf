import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  encodeJournalEntry,
  ENTRY_MAX,
  sendJournalEntry,
  VALUE_MAX,
} from '../../../src/linux/journal.js';
import { scratchDirectory } from '../../helpers/scratch.js';

/** Receives one datagram at the socket in its first argument, and prints it. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
sys.stderr.write('ready'); sys.stderr.flush()
sys.stdout.buffer.write(s.recv(1 << 20))
`;
const skip = spawnSync('python3', ['--version']).error !== undefined && 'needs python3';

const text = (fields: Record<string, string>): string =>
  Buffer.from(encodeJournalEntry(fields)).toString('latin1');

test('a field of one line is a line, a field of several has its length in front', () => {
  assert.equal(text({ MESSAGE: 'a=b' }), 'MESSAGE=a=b\n');
  assert.equal(
    text({ MESSAGE: 'a\nb', PRIORITY: '3' }),
    'MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n',
  );
});

test('a name that journald does not take is left out and adds no other field', () => {
  assert.equal(text({ 'A\nB': 'x', _TRUSTED: 'x', a: 'x', 'A=B': 'x', OK_1: 'x' }), 'OK_1=x\n');
});

test('a long value is cut between two characters, and an entry stays below its limit', () => {
  const cut = text({ A: `x${'\u00e4'.repeat(VALUE_MAX)}` });
  assert.equal(cut.length, 'A=\n'.length + VALUE_MAX - 1);
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`F${index}`, 'x'.repeat(10_000)]),
  );
  assert.ok(encodeJournalEntry(many).length <= ENTRY_MAX);
  assert.equal(text({ ...many, LAST: 'x' }).endsWith('LAST=x\n'), true);
});

test('an entry of the largest size arrives at a socket in one piece', { skip }, async (t) => {
  const path = join(scratchDirectory(t), 'socket');
  const receiver = spawn('python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => receiver.kill('SIGKILL'));
  await once(receiver.stderr, 'data');
  const fields = { MESSAGE: 'one\ntwo', A: 'x'.repeat(VALUE_MAX), B: 'y'.repeat(VALUE_MAX) };
  assert.equal(sendJournalEntry(fields, path), true);
  const chunks: Buffer[] = [];
  for await (const chunk of receiver.stdout) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(encodeJournalEntry(fields)));
});

test('without a journal nothing is sent and nothing is thrown', (t) => {
  const folder = scratchDirectory(t);
  assert.equal(sendJournalEntry({ MESSAGE: 'x' }, join(folder, 'none')), false);
  const file = join(folder, 'file');
  fs.writeFileSync(file, '');
  assert.equal(sendJournalEntry({ MESSAGE: 'x' }, file), false);
  assert.equal(sendJournalEntry({ MESSAGE: 'x' }, join(folder, 'x'.repeat(200))), false);
});
