/** A note that others have filled takes the signatures of those who are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyId } from '../../../../src/formats/seal/key.js';
import { addWithRoom } from '../../../../src/formats/seal/make-room.js';
import { printNote, type NoteSignature } from '../../../../src/formats/seal/note.js';

const by = (name: string, size = 64): NoteSignature => ({
  name,
  keyId: '00000001' as KeyId,
  signature: Buffer.alloc(size, 1),
});
const isOurs = ({ name }: NoteSignature) => name.startsWith('own');
const names = (list: readonly NoteSignature[]) => list.map(({ name }) => name);
const strangers = (count: number, size?: number) =>
  [...Array(count).keys()].map((number) => by(`x${number}`, size));

test('where there is room, nothing goes', () => {
  const { note, dropped } = addWithRoom(
    { text: 'a\n', signatures: strangers(31) },
    [by('own')],
    isOurs,
  );
  assert.equal(note.signatures.length, 32);
  assert.deepEqual(dropped, []);
});

test('the last signatures that are not known make room, and no more of them than needed', () => {
  const { note, dropped } = addWithRoom(
    { text: 'a\n', signatures: [by('own-1'), ...strangers(30), by('own-2')] },
    [by('own-3'), by('new'), by('own-1')],
    isOurs,
  );
  assert.deepEqual(names(dropped), ['x29', 'x28']);
  assert.deepEqual(names(note.signatures), [
    'own-1',
    ...names(strangers(28)),
    'own-2',
    'own-3',
    'new',
  ]);
  printNote(note);
});

test('a note that is full of bytes has room, too', () => {
  const { note, dropped } = addWithRoom(
    { text: 'a\n', signatures: strangers(3, 16_350) },
    [by('own')],
    isOurs,
  );
  assert.deepEqual(names(dropped), ['x2']);
  printNote(note);
});

test('those who are known are not thrown out for one more', () => {
  const known = [...Array(32).keys()].map((number) => by(`own-${number}`));
  const { note, dropped } = addWithRoom({ text: 'a\n', signatures: known }, [by('new')], isOurs);
  assert.deepEqual(dropped, []);
  assert.throws(() => printNote(note), /33 signature lines, more than 32/);
});
