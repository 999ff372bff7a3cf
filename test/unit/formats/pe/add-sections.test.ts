import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addSections } from '../../../../src/formats/pe/add-sections.js';
import { readPe, sectionContent } from '../../../../src/formats/pe/read-pe.js';
import { withoutSignature } from '../../../../src/formats/pe/unsigned.js';
import { FormatError } from '../../../../src/util/errors.js';
import { makePe, makeStub, OPTIONAL_HEADER } from '../../../helpers/pe-file.js';

const DATA = 0x40000040;
const NX = { nxCompat: true };
const section = (name: string, content: Buffer) => ({ name, content, characteristics: DATA });

test('sections are added behind those of the stub, which stay as they are', () => {
  const stub = makeStub();
  const before = readPe(stub);
  const initrd = Buffer.alloc(10_000, 'i');
  const image = readPe(
    addSections(stub, [section('.cmdline', Buffer.from('quiet')), section('.initrd', initrd)], NX),
  );
  assert.deepEqual(image.sections.slice(0, 6), before.sections);
  assert.deepEqual(
    image.sections.slice(6).map(({ name }) => name),
    ['.cmdline', '.initrd'],
  );
  assert.equal(sectionContent(image, '.cmdline')?.toString(), 'quiet');
  assert.deepEqual(sectionContent(image, '.initrd'), initrd);
  assert.deepEqual(sectionContent(image, '.text'), sectionContent(before, '.text'));
  assert.equal(image.bytes.readUInt32LE(OPTIONAL_HEADER + 64), 0, 'the checksum is not kept');
});

test('a section that the stub has is replaced in its place, and nothing of the old one stays', () => {
  const image = readPe(addSections(makeStub(), [section('.sbat', Buffer.from('sbat,1\n'))], NX));
  const { rawOffset, rawSize } = image.sections[3] ?? assert.fail();
  const expected = Buffer.alloc(rawSize);
  expected.write('sbat,1\n');
  assert.deepEqual(image.bytes.subarray(rawOffset, rawOffset + rawSize), expected);
  assert.equal(image.sections.length, 6);
  assert.throws(
    () => addSections(makeStub(), [section('.sbat', Buffer.alloc(513))], NX),
    /room for 512 bytes, not for 513/,
  );
});

test('NX_COMPAT stays or goes as it is asked', () => {
  const stub = makeStub();
  const added = [section('.linux', Buffer.from('k'))];
  assert.equal(readPe(addSections(stub, added, { nxCompat: true })).dllCharacteristics, 0x160);
  assert.equal(readPe(addSections(stub, added, { nxCompat: false })).dllCharacteristics, 0x60);
});

test('a signed stub, one with symbols, one without room, and impossible sections are refused', () => {
  const sections = Array.from({ length: 18 }, (_, index) => ({ name: `.s${index}` }));
  const signed = makePe({ sections: [{ name: '.text' }], certificates: Buffer.alloc(16) });
  const symbols = makeStub();
  symbols.writeUInt32LE(512, 0x80 + 12);
  const one = [section('.a', Buffer.from('a'))];
  const many = Array.from({ length: 20 }, (_, index) => section(`.t${index}`, Buffer.from('a')));
  for (const [stub, added, expected] of [
    [signed, one, /it is signed/],
    [symbols, one, /symbol table/],
    [makePe({ sections }), many, /no room for the headers/],
    [makeStub(), [section('.toolongname', Buffer.from('a'))], /there cannot be/],
    [makeStub(), [section('.empty', Buffer.alloc(0))], /there cannot be/],
  ] as const)
    assert.throws(
      () => addSections(stub, added, NX),
      (error: unknown) => error instanceof FormatError && expected.test(error.message),
    );
});

test('without its signature a file is what it was before', () => {
  const sections = [{ name: '.text', content: Buffer.alloc(600, 't') }];
  const [plain, signed] = [
    makePe({ sections }),
    makePe({ sections, certificates: Buffer.alloc(32, 9) }),
  ];
  plain.writeUInt32LE(0, OPTIONAL_HEADER + 64);
  assert.deepEqual(withoutSignature(readPe(signed)), plain);
  assert.deepEqual(withoutSignature(readPe(plain)), plain);
});
