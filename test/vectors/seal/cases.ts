/** The seal vectors: one thing bent in each. */
import type { SealCode } from '../../../src/formats/seal/verify.js';
import {
  COMMIT,
  IMAGE,
  OTHER_IMAGE,
  SEQUENCE,
  TEXT,
  TORSION,
  alias,
  audit,
  build,
  flipped,
  keyLine,
  keysOf,
  note,
  release,
  sealed,
  signTwisted,
  signWithZeroNonce,
  textWith,
  withLargeS,
} from './parts.js';
import { SMALL_ORDER } from './ed25519.js';
import { keyIdOf } from '../../../src/formats/seal/key.js';
import { signText, type NoteSignature } from '../../../src/formats/seal/note.js';

/** How a check can end before the seal is looked at. */
export type SetupCode = 'POLICY_INVALID' | 'KEYS_INVALID' | 'REVOCATIONS_INVALID';

/** One vector; a folder of that name. */
export interface SealVector {
  readonly name: string;
  readonly note: string | Uint8Array;
  readonly policy: string;
  readonly keys: string | Uint8Array;
  readonly revoked: string;
  /** Typed digest that the seal must name. */
  readonly image: string;
  /** Commit id that the seal must name, if any. */
  readonly commit?: string;
  readonly code: SealCode | SetupCode;
}

type Changes = Partial<Omit<SealVector, 'name' | 'code'>>;

const GOOD = sealed(TEXT, release);
const SIGNATURE = signText(TEXT, release);

function vector(name: string, code: SealVector['code'], changes: Changes = {}): SealVector {
  return {
    name,
    note: GOOD,
    policy: '[verify]\nmode=seal\n',
    keys: keysOf(release),
    revoked: '',
    image: IMAGE,
    ...changes,
    code,
  };
}

const verifyPolicy = (...lines: string[]) => `[verify]\n${lines.join('\n')}\n`;
const threshold = (count: number) => verifyPolicy(`threshold=${count}`);
const withSignature = (signature: Uint8Array): NoteSignature => ({ ...SIGNATURE, signature });
const messageBytes = Buffer.from(TEXT, 'utf8');

function accepted(): SealVector[] {
  const filler = `a: ${'x'.repeat(300)}`;
  return [
    vector('good', 'SEAL_ACCEPTED'),
    vector('good-commit', 'SEAL_ACCEPTED', { commit: COMMIT }),
    vector('good-policy-of-a-section', 'SEAL_ACCEPTED', { policy: '[verify]\n' }),
    vector('good-two-signatures', 'SEAL_ACCEPTED', {
      note: sealed(TEXT, release, build),
      keys: keysOf(release, build),
      policy: threshold(2),
    }),
    vector('good-two-of-three', 'SEAL_ACCEPTED', {
      note: sealed(TEXT, audit, release),
      keys: keysOf(release, build, audit),
      policy: threshold(2),
    }),
    vector('good-unknown-key-ignored', 'SEAL_ACCEPTED', { note: sealed(TEXT, build, release) }),
    vector('good-unknown-key-wrong-signature', 'SEAL_ACCEPTED', {
      note: note(TEXT, flipped(signText(TEXT, build), 0), SIGNATURE),
    }),
    vector('good-unknown-kind-of-signature', 'SEAL_ACCEPTED', {
      note: note(
        TEXT,
        { ...SIGNATURE, name: 'witness', signature: Buffer.alloc(72, 9) },
        SIGNATURE,
      ),
    }),
    vector('good-same-id-other-name', 'SEAL_ACCEPTED', {
      note: note(TEXT, { ...flipped(SIGNATURE, 3), name: 'other' }, SIGNATURE),
    }),
    vector('good-duplicate-signature', 'SEAL_ACCEPTED', { note: sealed(TEXT, release, release) }),
    vector('good-key-listed-twice', 'SEAL_ACCEPTED', { keys: keysOf(release, release) }),
    vector('good-key-file-with-comments', 'SEAL_ACCEPTED', {
      keys: `# h\u00e4\n; x\n\n \t${keyLine(release)} \t\n`,
    }),
    vector('good-key-file-without-final-newline', 'SEAL_ACCEPTED', { keys: keyLine(release) }),
    vector('good-image-repeated', 'SEAL_ACCEPTED', {
      note: sealed(
        textWith({ more: '', image: `image: ${OTHER_IMAGE}\nimage: ${IMAGE}\n` }),
        release,
      ),
    }),
    vector('good-name', 'SEAL_ACCEPTED', { policy: verifyPolicy('name=debian-trixie') }),
    vector('good-sequence-at-minimum', 'SEAL_ACCEPTED', {
      policy: verifyPolicy(`min-sequence=${SEQUENCE}`),
    }),
    vector('good-sequence-zero', 'SEAL_ACCEPTED', {
      note: sealed(textWith({ sequence: 'sequence: 0\n' }), release),
    }),
    vector('good-sequence-largest', 'SEAL_ACCEPTED', {
      note: sealed(textWith({ sequence: 'sequence: 9007199254740991\n' }), release),
      policy: verifyPolicy('min-sequence=9007199254740991'),
    }),
    vector('good-policy-everything', 'SEAL_ACCEPTED', {
      policy:
        '# \u00e4ll\n; of it\n[verify]\n mode = seal\t\nthreshold=1\nname=debian-trixie\nmin-sequence=0\n' +
        '[root]\ntransient=yes\n[etc]\nmount=overlay\n[var]\nmount=transient',
    }),
    vector('good-revocation-of-others', 'SEAL_ACCEPTED', {
      revoked: `# bad ones\n${OTHER_IMAGE}\n00000000\n`,
    }),
    vector('good-revoked-key-beside-good-key', 'SEAL_ACCEPTED', {
      note: sealed(TEXT, build, release),
      keys: keysOf(release, build),
      revoked: build.keyId,
    }),
    vector('good-revoked-name-of-another-key', 'SEAL_ACCEPTED', {
      revoked: `${build.name}+${release.keyId}\n${release.name}+${build.keyId}\n`,
    }),
    vector('good-revoked-key-wrong-signature', 'SEAL_ACCEPTED', {
      note: note(TEXT, flipped(signText(TEXT, build), 0), SIGNATURE),
      keys: keysOf(release, build),
      revoked: `${build.keyId}\n`,
    }),
    vector('good-32-signatures', 'SEAL_ACCEPTED', {
      note: note(TEXT, ...fillers(31), SIGNATURE),
    }),
    vector('good-long-name-of-unknown-key', 'SEAL_ACCEPTED', {
      note: note(TEXT, { ...SIGNATURE, name: filler.slice(3, 258) }, SIGNATURE),
    }),
  ];
}

function fillers(count: number): NoteSignature[] {
  return Array.from({ length: count }, (_, index) => ({
    ...SIGNATURE,
    name: `unknown-${index}`,
    signature: Buffer.alloc(64, index),
  }));
}

/** A note of exactly `size` bytes with a good signature over a text that is too long for a seal. */
function longNote(size: number): string {
  const rest = Buffer.byteLength(sealed('\n', release), 'utf8') - 1;
  return sealed(`${'x'.repeat(size - rest - 1)}\n`, release);
}

function malformedNotes(): SealVector[] {
  const bad = (name: string, bytes: string | Uint8Array) =>
    vector(`note-${name}`, 'SEAL_NOTE_INVALID', { note: bytes });
  const line = GOOD.slice(TEXT.length + 1);
  const replaced = (from: string, to: string) => `${TEXT}\n${line.replace(from, to)}`;
  const utf8 = (bytes: readonly number[]) =>
    Buffer.concat([Buffer.from(bytes), Buffer.from(GOOD, 'utf8')]);
  return [
    bad('empty', ''),
    bad('missing-final-newline', GOOD.slice(0, -1)),
    bad('missing-empty-line', TEXT + line),
    bad('without-signatures', `${TEXT}\n`),
    bad('text-alone', TEXT),
    bad('empty-line-at-end', `${GOOD}\n`),
    bad('carriage-returns', GOOD.replaceAll('\n', '\r\n')),
    bad('hyphen-for-dash', replaced('\u2014', '-')),
    bad('en-dash', replaced('\u2014', '\u2013')),
    bad('two-spaces', replaced('\u2014 ', '\u2014  ')),
    bad('trailing-space', replaced('\n', ' \n')),
    bad('junk-line-after', `${GOOD}junk\n`),
    bad('name-missing', replaced(release.name, '')),
    bad('name-with-plus', replaced('release.', 'release+')),
    bad('name-with-no-break-space', replaced('release.', 'release\u00a0')),
    bad('name-with-line-separator', replaced('release.', 'release\u2028')),
    bad('name-with-control-1', replaced('release.', 'release\u009b')),
    bad('name-256-bytes', note(TEXT, { ...SIGNATURE, name: 'x'.repeat(256) })),
    bad('base64-without-padding', replaced('=\n', '\n')),
    bad('base64-loose-bits', replaced(lastDigit(line), nextDigit(lastDigit(line)))),
    bad('base64-url-alphabet', replaced('+', '-').replace('/', '_')),
    bad('base64-padding-inside', replaced('=\n', '=A==\n')),
    bad('signature-of-4-bytes', note(TEXT, withSignature(new Uint8Array()))),
    bad('nul', GOOD.replace('debian', 'deb\0ian')),
    bad('tab', GOOD.replace('debian', 'deb\tian')),
    bad('utf8-lone-continuation', utf8([0x80])),
    bad('utf8-overlong', utf8([0xc0, 0xaf])),
    bad('utf8-surrogate', utf8([0xed, 0xa0, 0x80])),
    bad('utf8-beyond-unicode', utf8([0xf4, 0x90, 0x80, 0x80])),
    bad('utf8-truncated', utf8([0xe2, 0x80])),
    bad('33-signatures', note(TEXT, ...fillers(32), SIGNATURE)),
    bad('65537-bytes', longNote(65537)),
  ];
}

/** The last base64 digit before one padding character holds two bits that must be zero. */
function lastDigit(line: string): string {
  return line.slice(-3);
}

function nextDigit(end: string): string {
  return String.fromCharCode(end.charCodeAt(0) + 1) + end.slice(1);
}

function wrongSignatures(): SealVector[] {
  const wrong = (name: string, bytes: string, changes: Changes = {}) =>
    vector(`signature-${name}`, 'SEAL_SIGNATURE_WRONG', { note: bytes, ...changes });
  const mixed = signTwisted(messageBytes, release.seed, { r: TORSION });
  return [
    wrong('of-other-text', note(TEXT, signText(textWith({ version: 'version: 2\n' }), release))),
    wrong('text-changed', GOOD.replace('2026.11.23', '2026.11.24')),
    wrong('text-with-blank-line-added', GOOD.replace('\n\n', '\n\n\n')),
    wrong('text-with-bom', `\ufeff${GOOD}`),
    wrong('without-final-newline-of-text', note(TEXT, signText(TEXT.trimEnd(), release))),
    wrong(
      'by-other-key-under-known-name',
      note(TEXT, withSignature(signText(TEXT, build).signature)),
    ),
    wrong('first-bit', note(TEXT, flipped(SIGNATURE, 0))),
    wrong('last-bit', note(TEXT, flipped(SIGNATURE, 63))),
    wrong('beside-good-one', note(TEXT, signText(TEXT, build), flipped(SIGNATURE, 9)), {
      keys: keysOf(release, build),
    }),
    wrong('second-by-same-key', note(TEXT, SIGNATURE, flipped(SIGNATURE, 9))),
    wrong('too-short', note(TEXT, withSignature(SIGNATURE.signature.subarray(0, 63)))),
    wrong(
      'too-long',
      note(TEXT, withSignature(Buffer.concat([SIGNATURE.signature, Buffer.alloc(1)]))),
    ),
    wrong('s-not-canonical', note(TEXT, withSignature(withLargeS(SIGNATURE.signature)))),
    wrong('r-identity', note(TEXT, withSignature(signWithZeroNonce(messageBytes, release)))),
    wrong('r-mixed-order', note(TEXT, withSignature(mixed.signature))),
    wrong('all-zero', note(TEXT, withSignature(Buffer.alloc(64)))),
  ];
}

function thresholds(): SealVector[] {
  const below = (name: string, changes: Changes) =>
    vector(`threshold-${name}`, 'SEAL_THRESHOLD', changes);
  return [
    below('unknown-key-only', { note: sealed(TEXT, build) }),
    below('no-keys', { keys: '' }),
    below('not-met', { keys: keysOf(release, build), policy: threshold(2) }),
    below('duplicate-signer', { note: sealed(TEXT, release, release), policy: threshold(2) }),
    below('one-key-under-two-names', {
      note: sealed(TEXT, release, alias),
      keys: keysOf(release, alias),
      policy: threshold(2),
    }),
    below('second-key-unknown', { note: sealed(TEXT, release, build), policy: threshold(2) }),
    below('known-name-other-id', {
      note: note(TEXT, { ...signText(TEXT, build), name: release.name }),
    }),
    below('revoked-key', { revoked: `${release.keyId}\n` }),
    below('revoked-key-by-name', { revoked: `# stolen\n${release.name}+${release.keyId}\n` }),
    below('revoked-key-by-name-without-newline', { revoked: `${release.name}+${release.keyId}` }),
    below('one-of-two-revoked', {
      note: sealed(TEXT, release, build),
      keys: keysOf(release, build),
      policy: threshold(2),
      revoked: `${build.keyId}\n`,
    }),
    below('before-text', { note: sealed('not a seal\n', build) }),
    below('64-kib-note', { note: longNote(65536), keys: keysOf(build) }),
  ];
}

function badTexts(): SealVector[] {
  const bad = (name: string, text: string) =>
    vector(`text-${name}`, 'SEAL_TEXT_INVALID', { note: sealed(text, release) });
  const changed = (name: string, key: string, line: string) => bad(name, textWith({ [key]: line }));
  const many = Array.from({ length: 9 }, (_, i) => `image: v1-sha256-12:${`0${i}`.repeat(32)}\n`);
  return [
    bad('other', 'something else\n'),
    changed('future-version', 'header', 'rootseal seal v2\n'),
    changed('name-missing', 'name', ''),
    changed('name-empty', 'name', 'name: \n'),
    changed('name-slash', 'name', 'name: ../etc\n'),
    changed('name-129-bytes', 'name', `name: ${'n'.repeat(129)}\n`),
    changed('version-with-space', 'version', 'version: 1 2\n'),
    changed('version-not-ascii', 'version', 'version: \u00e9\n'),
    changed('version-256-bytes', 'version', `version: ${'1'.repeat(256)}\n`),
    changed('key-without-space', 'name', 'name:debian-trixie\n'),
    changed('trailing-space', 'commit', `commit: ${COMMIT} \n`),
    changed('sequence-leading-zero', 'sequence', 'sequence: 01\n'),
    changed('sequence-plus', 'sequence', 'sequence: +1\n'),
    changed('sequence-negative', 'sequence', 'sequence: -1\n'),
    changed('sequence-hex', 'sequence', 'sequence: 0x1\n'),
    changed('sequence-empty', 'sequence', 'sequence: \n'),
    changed('sequence-2-to-53', 'sequence', 'sequence: 9007199254740992\n'),
    changed('sequence-wraps-64-bits', 'sequence', 'sequence: 18446744075504979617\n'),
    changed('image-missing', 'image', ''),
    changed('image-twice-the-same', 'image', `image: ${IMAGE}\nimage: ${IMAGE}\n`),
    changed('image-bare-hex', 'image', `image: ${'5e'.repeat(32)}\n`),
    changed('image-upper-case', 'image', `image: v1-sha256-12:${'5E'.repeat(32)}\n`),
    changed('image-wrong-length', 'image', `image: ${IMAGE}5e\n`),
    changed('image-9-times', 'image', many.join('') + `image: ${IMAGE}\n`),
    changed('commit-missing', 'commit', ''),
    changed('commit-short', 'commit', `commit: ${COMMIT.slice(2)}\n`),
    changed('commit-twice', 'commit', `commit: ${COMMIT}\ncommit: ${COMMIT}\n`),
    changed('order-swapped', 'name', `version: 1\nname: debian-trixie\n`),
    changed('line-added', 'commit', `commit: ${COMMIT}\nextra: 1\n`),
    changed('empty-line-at-end', 'commit', `commit: ${COMMIT}\n\n`),
  ];
}

function refusedFacts(): SealVector[] {
  return [
    vector('image-mismatch', 'SEAL_IMAGE_MISMATCH', { image: OTHER_IMAGE }),
    vector('image-mismatch-format-version', 'SEAL_IMAGE_MISMATCH', {
      image: IMAGE.replace('v1', 'v0'),
    }),
    vector('commit-mismatch', 'SEAL_COMMIT_MISMATCH', { commit: 'c1'.repeat(32) }),
    vector('name-mismatch', 'SEAL_NAME_MISMATCH', { policy: verifyPolicy('name=debian') }),
    vector('name-mismatch-case', 'SEAL_NAME_MISMATCH', {
      policy: verifyPolicy('name=Debian-trixie'),
    }),
    vector('sequence-below-minimum', 'SEAL_SEQUENCE', {
      policy: verifyPolicy(`min-sequence=${SEQUENCE + 1}`),
    }),
    vector('image-revoked', 'SEAL_IMAGE_REVOKED', { revoked: `${IMAGE}\n` }),
    vector('image-revoked-sibling', 'SEAL_IMAGE_REVOKED', {
      note: sealed(textWith({ image: `image: ${IMAGE}\nimage: ${OTHER_IMAGE}\n` }), release),
      revoked: `${OTHER_IMAGE}\n`,
    }),
    vector('mismatch-before-name', 'SEAL_IMAGE_MISMATCH', {
      image: OTHER_IMAGE,
      policy: verifyPolicy('name=debian'),
    }),
  ];
}

function badPolicies(): SealVector[] {
  const bad = (name: string, policy: string) =>
    vector(`policy-${name}`, 'POLICY_INVALID', { policy });
  return [
    bad('empty', ''),
    bad('blank', ' \n\t\n'),
    bad('only-comments', '# mode=seal\n; threshold=2\n'),
    bad('misspelt-key', verifyPolicy('treshold=2')),
    bad('misspelt-section', '[verfiy]\nthreshold=2\n'),
    bad('key-of-other-section', '[root]\nthreshold=2\n'),
    bad('key-before-section', 'threshold=2\n'),
    bad('key-twice', verifyPolicy('threshold=2', 'threshold=1')),
    bad('section-twice', '[verify]\nthreshold=2\n[verify]\nmode=none\n'),
    bad('comment-after-value', verifyPolicy('mode=seal # strict')),
    bad('upper-case', verifyPolicy('Mode=seal')),
    bad('mode-unknown', verifyPolicy('mode=maybe')),
    bad('mode-empty', verifyPolicy('mode=')),
    bad('mode-quoted', verifyPolicy('mode="seal"')),
    bad('threshold-zero', threshold(0)),
    bad('threshold-33', threshold(33)),
    bad('threshold-leading-zero', verifyPolicy('threshold=02')),
    bad('threshold-negative', verifyPolicy('threshold=-1')),
    bad('min-sequence-2-to-53', verifyPolicy('min-sequence=9007199254740992')),
    bad('name-empty', verifyPolicy('name=')),
    bad('name-with-space', verifyPolicy('name=debian trixie')),
    bad('transient-true', '[root]\ntransient=true\n'),
    bad('etc-unknown', '[etc]\nmount=rw\n'),
    bad('var-overlay', '[var]\nmount=overlay\n'),
    bad('no-equals', verifyPolicy('threshold')),
    bad('section-open', '[verify\nmode=seal\n'),
    bad('section-with-spaces', '[ verify ]\nmode=seal\n'),
    bad('carriage-returns', '[verify]\r\nmode=seal\r\n'),
    bad('nul', '[verify]\n# \0\nmode=seal\n'),
    bad('not-ascii', '[verify]\nmode=seal\u00a0\n'),
    bad('65537-bytes', `#${'x'.repeat(65536)}`),
  ];
}

function badTrust(): SealVector[] {
  const badKeys = (name: string, keys: string | Uint8Array) =>
    vector(`keys-${name}`, 'KEYS_INVALID', { keys });
  const keyOf = (name: string, type: number, bytes: Uint8Array) =>
    `${name}+${keyIdOf(name, bytes)}+${Buffer.concat([Uint8Array.of(type), bytes]).toString('base64')}\n`;
  const good = keyLine(release);
  const mixed = signTwisted(messageBytes, release.seed, { a: TORSION }).publicKey;
  const latin1 = Buffer.from(`\u00e9${good}\n`, 'latin1');
  const bad = [
    badKeys('wrong-id', good.replace(release.keyId, '00000000')),
    badKeys('upper-case-id', good.replace(release.keyId, release.keyId.toUpperCase())),
    badKeys('other-name', good.replace('release', 'rebased')),
    badKeys('signer-key', `PRIVATE+KEY+${good}`),
    badKeys('unknown-type', keyOf('k', 4, release.publicKey)),
    badKeys('31-bytes', keyOf('k', 1, release.publicKey.subarray(1))),
    badKeys('without-padding', keyOf('k', 1, release.publicKey.subarray(0, 31)).replace(/=+/, '')),
    badKeys('name-empty', keyOf('', 1, release.publicKey)),
    badKeys('name-with-space', keyOf('a b', 1, release.publicKey)),
    badKeys('name-256-bytes', keyOf('x'.repeat(256), 1, release.publicKey)),
    badKeys('name-not-utf8', latin1),
    badKeys('carriage-return', `${good}\r\n`),
    badKeys('text-after', `${good} comment\n`),
    badKeys('not-on-curve', keyOf('k', 1, Buffer.from(`02${'00'.repeat(31)}`, 'hex'))),
    badKeys('mixed-order', keyOf('k', 1, mixed)),
    ...SMALL_ORDER.map(([order, hex]) =>
      badKeys(`small-order-${order}`, keyOf('k', 1, Buffer.from(hex, 'hex'))),
    ),
  ];
  const badRevoked = (name: string, revoked: string) =>
    vector(`revoked-${name}`, 'REVOCATIONS_INVALID', { revoked });
  return [
    ...bad,
    badRevoked('bare-hex', `${'5e'.repeat(32)}\n`),
    badRevoked('upper-case-id', 'ABCDEF01\n'),
    badRevoked('comment-after', `${release.keyId} # old\n`),
    badRevoked('word', 'everything\n'),
    badRevoked('name-without-id', `${release.name}+\n`),
    badRevoked('id-without-name', `+${release.keyId}\n`),
    badRevoked('upper-case-id-of-a-name', `${release.name}+${release.keyId.toUpperCase()}\n`),
    badRevoked('name-with-space', `a b+${release.keyId}\n`),
    badRevoked('name-256-bytes', `${'x'.repeat(256)}+${release.keyId}\n`),
    badRevoked('whole-key', keyLine(release)),
  ];
}

/** All vectors, in a fixed order. */
export function sealVectors(): readonly SealVector[] {
  return [
    ...accepted(),
    ...malformedNotes(),
    ...wrongSignatures(),
    ...thresholds(),
    ...badTexts(),
    ...refusedFacts(),
    ...badPolicies(),
    ...badTrust(),
  ];
}
