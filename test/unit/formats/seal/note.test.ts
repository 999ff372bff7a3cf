import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519Verify } from '../../../../src/formats/seal/ed25519.js';
import { parseSignerKey, parseVerifierKey } from '../../../../src/formats/seal/key.js';
import {
  addSignatures,
  parseNote,
  parseSignatureLines,
  printNote,
  printSignature,
  signText,
  type Note,
} from '../../../../src/formats/seal/note.js';
import { FormatError } from '../../../../src/util/errors.js';

// The published example of Go's golang.org/x/mod/sumdb/note.
const GO_SIGNER = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const GO_VERIFIER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}
\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const parse = (text: string) => parseNote(Buffer.from(text, 'utf8'));
const isFormatError = (error: unknown) =>
  error instanceof FormatError && error.format === 'signed note';

test("Go's example note is read, verifies, and is signed to the same bytes", () => {
  const note = parse(GO_NOTE);
  assert.equal(note.text, GO_TEXT);
  const key = parseVerifierKey(GO_VERIFIER);
  const signature = note.signatures[0]!;
  assert.equal(signature.keyId, key.keyId);
  assert.ok(ed25519Verify(signature.signature, Buffer.from(GO_TEXT), key.publicKey));
  const signed: Note = {
    text: GO_TEXT,
    signatures: [signText(GO_TEXT, parseSignerKey(GO_SIGNER))],
  };
  assert.equal(Buffer.from(printNote(signed)).toString(), GO_NOTE);
});

test('the last empty line separates the text from the signatures', () => {
  const [, line] = GO_NOTE.split('\n\n') as [string, string];
  assert.equal(parse(`a\n\nb\n\n${line}`).text, 'a\n\nb\n');
  assert.equal(parse(`\n\n${line}`).text, '\n');
});

test('signatures of other kinds of keys are kept whatever their length', () => {
  const blob = Buffer.alloc(5, 7).toString('base64');
  const long = Buffer.alloc(3000, 7).toString('base64');
  const note = parse(`a\n\n\u2014 w/\u00fc ${blob}\n\u2014 pq ${long}\n`);
  assert.deepEqual(
    note.signatures.map(({ name, keyId, signature }) => [name, keyId, signature.length]),
    [
      ['w/\u00fc', '07070707', 1],
      ['pq', '07070707', 2996],
    ],
  );
  assert.deepEqual(parse(Buffer.from(printNote(note)).toString()), note);
});

const LINE = `\u2014 n ${Buffer.alloc(68).toString('base64')}\n`;
const MALFORMED: Readonly<Record<string, string>> = {
  'is empty': '',
  'has no final newline': `a\n\n${LINE.trimEnd()}`,
  'has no empty line': `a\n${LINE}`,
  'has no signature line': 'a\n\n',
  'has a hyphen instead of an em dash': `a\n\n${LINE.replace('\u2014', '-')}`,
  'has two spaces before the signature': `a\n\n${LINE.replace('n ', 'n  ')}`,
  'has a space after the signature': `a\n\n${LINE.replace('\n', ' \n')}`,
  'has no key name': `a\n\n${LINE.replace('n ', ' ')}`,
  'has no signature': 'a\n\n\u2014 n\n',
  'has an empty signature': 'a\n\n\u2014 n \n',
  'has a plus sign in a name': `a\n\n${LINE.replace('n ', 'n+m ')}`,
  'has a Unicode space in a name': `a\n\n${LINE.replace('n ', 'n\u3000m ')}`,
  'has a next-line character in a name': `a\n\n${LINE.replace('n ', 'n\u0085 ')}`,
  'has a terminal escape in a name': `a\n\n${LINE.replace('n ', 'n\u009b ')}`,
  'has a name that is too long': `a\n\n${LINE.replace('n ', `${'n'.repeat(256)} `)}`,
  'has a signature of four bytes': 'a\n\n\u2014 n AAAAAA==\n',
  'has no padding': `a\n\n${LINE.replace('=', '')}`,
  'has nonzero bits before the padding': 'a\n\n\u2014 n AAAAAAB=\n'.replace('AAB=', 'AAAB='),
  'has URL-safe base64': `a\n\n${LINE.replace('AAAA', 'A-_A')}`,
  'has a carriage return': `a\r\n\n${LINE}`,
  'has a tab': `a\tb\n\n${LINE}`,
  'has a NUL': `a\0\n\n${LINE}`,
  'has one wrong line among good ones': `a\n\n${LINE}x\n${LINE}`,
  'has 33 signature lines': `a\n\n${LINE.repeat(33)}`,
  'is longer than 64 KiB': `${'a'.repeat(65536 - LINE.length - 1)}\n\n${LINE}`,
};

for (const [what, source] of Object.entries(MALFORMED)) {
  test(`a note that ${what} is refused`, () => {
    assert.throws(() => parse(source), isFormatError);
  });
}

test('a note of 64 KiB with 32 signature lines is accepted', () => {
  const size = (text: string) => Buffer.byteLength(text, 'utf8');
  const lines = LINE.repeat(32);
  const source = `${'a'.repeat(65536 - size(lines) - 2)}\n\n${lines}`;
  assert.equal(size(source), 65536);
  assert.equal(parse(source).signatures.length, 32);
});

test('a note that is not UTF-8 is refused', () => {
  assert.throws(
    () => parseNote(Buffer.concat([Buffer.from([0xc0, 0xaf]), Buffer.from(`\n\n${LINE}`)])),
    isFormatError,
  );
});

test('an error in a signature line names the line', () => {
  assert.throws(() => parse(`a\nb\n\n${LINE}x\n`), { message: /line 5/ });
});

test('signatures are added once', () => {
  const note = parse(GO_NOTE);
  const other = parse(`a\n\n${LINE}`).signatures;
  assert.deepEqual(addSignatures(addSignatures(note, other), other).signatures, [
    ...note.signatures,
    ...other,
  ]);
});

test('signature lines that stand alone are read, and text among them is refused', () => {
  const { signatures } = parse(GO_NOTE);
  const lines = signatures.map(printSignature).join('');
  assert.deepEqual(parseSignatureLines(Buffer.from(lines)), signatures);
  for (const source of ['', `\n\n${lines}`, `a\n\n${lines}`, `${lines}\n`])
    assert.throws(() => parseSignatureLines(Buffer.from(source)), isFormatError, source);
});

test('parts that do not make a note are not printed', () => {
  const { signatures } = parse(GO_NOTE);
  for (const text of ['a', 'a\r\n', ''])
    assert.throws(() => printNote({ text, signatures }), isFormatError, text);
  assert.throws(() => printNote({ text: 'a\n', signatures: [] }), isFormatError);
});
