import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { sectionsOf } from '../../../../src/formats/uki/encode-uki.js';
import { BOOT_PHASES, pcr11 } from '../../../../src/formats/uki/pcr11.js';
import {
  encodePcrPublicKey,
  encodePcrSignatures,
  parsePcrSignatures,
  pcrSignatureProblem,
  requirePcrKey,
} from '../../../../src/formats/uki/pcr-signature.js';
import type { UkiSectionName, UkiSections } from '../../../../src/formats/uki/uki-sections.js';
import { makeKernel, makeStub } from '../../../helpers/pe-file.js';

const PARTS = {
  stub: makeStub(),
  osrel: Buffer.from('ID=test\n'),
  cmdline: 'composefs.digest=x quiet',
  uname: '6.12.0-test',
  linux: makeKernel(),
  initrd: Buffer.from('070701'),
};
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const sections = sectionsOf({ ...PARTS, pcrpkey: encodePcrPublicKey(key) });
const pcrsig = encodePcrSignatures(sections, key, BOOT_PHASES);

function changed(changes: Partial<Record<UkiSectionName, Buffer | undefined>>): UkiSections {
  const all = new Map([...sections, ['.pcrsig', pcrsig] as const]);
  for (const [name, content] of Object.entries(changes) as [UkiSectionName, Buffer | undefined][])
    if (content === undefined) all.delete(name);
    else all.set(name, content);
  return all;
}

test('the signatures of an image are accepted, and the same again give the same bytes', () => {
  assert.equal(pcrSignatureProblem(changed({}), BOOT_PHASES), undefined);
  assert.deepEqual(encodePcrSignatures(sections, key, BOOT_PHASES), pcrsig);
  const none = changed({ '.pcrpkey': undefined, '.pcrsig': undefined });
  assert.equal(pcrSignatureProblem(none, BOOT_PHASES), undefined);
});

test('signatures for another image, by another key, or half of the pair are found', () => {
  const byOther = encodePcrSignatures(sections, other, BOOT_PHASES);
  for (const [changes, expected] of [
    [{ '.initrd': Buffer.from('other') }, /a state that this image does not come to/],
    [{ '.cmdline': Buffer.from('other') }, /a state that this image does not come to/],
    [{ '.pcrsig': byOther }, /by another key/],
    [{ '.pcrsig': undefined }, /without \.pcrsig/],
    [{ '.pcrpkey': undefined }, /without \.pcrpkey/],
  ] as const)
    assert.match(pcrSignatureProblem(changed(changes), BOOT_PHASES) ?? '', expected);
  assert.match(pcrSignatureProblem(changed({}), ['']) ?? '', /does not come to/);
});

test('a signature with a wrong bit is found', () => {
  const text = pcrsig.toString();
  const at = text.indexOf('"sig": "') + 20;
  const letter = text[at] === 'A' ? 'B' : 'A';
  const wrong = Buffer.from(`${text.slice(0, at)}${letter}${text.slice(at + 1)}`);
  assert.match(pcrSignatureProblem(changed({ '.pcrsig': wrong }), BOOT_PHASES) ?? '', /wrong/);
});

test('JSON that could be read in two ways is refused', () => {
  const text = pcrsig.toString();
  for (const bad of [
    '',
    '[]',
    '{}',
    '{"sha256": []}',
    `${text}\n`,
    text.replace('{"sha256"', '{"sha1": [], "sha256"'),
    text.replace('"pkfp"', '"pol": "", "pkfp"'),
    text.replace('[11]', '[11, 12]'),
    text.replace('[11]', '[7]'),
    text.replaceAll(', "', ',"'),
  ])
    assert.throws(() => parsePcrSignatures(Buffer.from(bad)), /PCR signature/, bad.slice(0, 60));
  assert.equal(parsePcrSignatures(pcrsig).length, 4);
});

test('keys that no TPM takes are refused', () => {
  for (const pair of [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ])
    assert.throws(() => requirePcrKey(pair.privateKey), /not RSA/);
  const tooMuch = changed({ '.pcrpkey': Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA\n') });
  assert.throws(() => pcrSignatureProblem(tooMuch, BOOT_PHASES), /not a public key/);
});

test('each section counts for PCR 11, and which one has which content', () => {
  const values = [...sections.keys()].map((name) =>
    pcr11(changed({ [name]: Buffer.from('other') })).toString('hex'),
  );
  assert.equal(new Set([...values, pcr11(sections).toString('hex')]).size, sections.size + 1);
  assert.notDeepEqual(pcr11(sections, 'enter-initrd'), pcr11(sections));
});
