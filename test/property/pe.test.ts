import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addSections } from '../../src/formats/pe/add-sections.js';
import { readPe, sectionContent } from '../../src/formats/pe/read-pe.js';
import { encodeUki } from '../../src/formats/uki/encode-uki.js';
import { parseUki } from '../../src/formats/uki/parse-uki.js';
import { FormatError, RootsealError } from '../../src/util/errors.js';
import { makeKernel, makePe, makeStub } from '../helpers/pe-file.js';

const SEED = 0x9e32;

const content = fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
const name = fc.stringMatching(/^\.[a-z]{1,7}$/);
const sections = fc.uniqueArray(fc.record({ name, content }), {
  minLength: 1,
  maxLength: 10,
  selector: (section) => section.name,
});

test('what was added is read back, whatever its sizes', () => {
  fc.assert(
    fc.property(sections, sections, (first, second) => {
      const taken = new Set(first.map((section) => section.name));
      const added = second
        .filter((section) => !taken.has(section.name))
        .map((section) => ({ ...section, characteristics: 0x40000040 }));
      const image = readPe(addSections(makePe({ sections: first }), added, { nxCompat: true }));
      for (const section of [...first, ...added])
        assert.deepEqual(sectionContent(image, section.name), section.content);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a file with changed bytes in its headers is refused in words, or has all its sections in the file', () => {
  const files = [makeStub(), makeKernel()];
  const edits = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 1535 }), fc.integer({ min: 0, max: 255 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const size = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(fc.constantFrom(...files), edits, fc.option(size), (file, changes, cut) => {
      const bytes = Buffer.from(file.subarray(0, cut ?? file.length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        const image = readPe(bytes);
        let loadedEnd = 0;
        for (const section of image.sections) {
          assert.ok(section.rawOffset + section.rawSize <= bytes.length);
          assert.ok(section.virtualAddress >= loadedEnd);
          loadedEnd = section.virtualAddress + section.virtualSize;
        }
        assert.ok(loadedEnd <= image.sizeOfImage);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { seed: SEED, numRuns: 4000 },
  );
});

test('a unified kernel image with changed bytes is refused in words, or has the sections of one', () => {
  const uki = encodeUki({
    stub: makeStub(),
    osrel: Buffer.from('ID=test\n'),
    cmdline: 'composefs.digest=x',
    uname: '6.12.0',
    linux: makeKernel(),
    initrd: Buffer.from('070701'),
  });
  const at = fc.oneof(
    fc.integer({ min: 0, max: 1535 }),
    fc.integer({ min: 1536, max: uki.length - 1 }),
  );
  const edits = fc.array(fc.tuple(at, fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(edits, (changes) => {
      const bytes = Buffer.from(uki);
      for (const [place, value] of changes) bytes[place] = value;
      try {
        const names = [...parseUki(bytes).sections.keys()].sort();
        assert.deepEqual(names, ['.cmdline', '.initrd', '.linux', '.osrel', '.sbat', '.uname']);
      } catch (error) {
        assert.ok(error instanceof FormatError || isUnsupported(error), String(error));
      }
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

/** The machine of another kind of computer. */
function isUnsupported(error: unknown): boolean {
  return error instanceof RootsealError && error.code === 'UNSUPPORTED';
}
