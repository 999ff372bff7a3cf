/** PE32+ files: what two readers could read in two ways is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPe, sectionContent } from '../../../../src/formats/pe/read-pe.js';
import { FormatError } from '../../../../src/util/errors.js';
import { makePe, OPTIONAL_HEADER, PE_HEADER, type MadePe } from '../../../helpers/pe-file.js';

const [A, B] = [Buffer.alloc(700, 'a'), Buffer.from('bb')];
const TWO: MadePe = {
  sections: [
    { name: '.a', content: A },
    { name: '.b', content: B },
  ],
};

function refuses(made: MadePe | Buffer, expected: RegExp): void {
  const bytes = Buffer.isBuffer(made) ? made : makePe(made);
  assert.throws(
    () => readPe(bytes),
    (error: unknown) => error instanceof FormatError && expected.test(error.message),
  );
}

/** The file with one number of 4 bytes changed. */
function changed(at: number, value: number): Buffer {
  const bytes = makePe(TWO);
  bytes.writeUInt32LE(value, at);
  return bytes;
}

test('sections are read with their contents, as long as their headers say', () => {
  const image = readPe(makePe(TWO));
  assert.deepEqual(
    image.sections.map(({ name, virtualSize, virtualAddress, rawSize, rawOffset }) => [
      name,
      virtualSize,
      virtualAddress,
      rawSize,
      rawOffset,
    ]),
    [
      ['.a', 700, 4096, 1024, 1536],
      ['.b', 2, 8192, 512, 2560],
    ],
  );
  assert.deepEqual(sectionContent(image, '.a'), A);
  assert.deepEqual(sectionContent(image, '.b'), B);
  assert.equal(sectionContent(image, '.c'), undefined);
  assert.equal(image.certificateTable, undefined);
  assert.equal(image.endOfSections, image.bytes.length);
});

test('of a section that is longer in memory than in the file, the content is what the file has', () => {
  const image = readPe(makePe({ sections: [{ name: '.data', content: B, virtualSize: 9000 }] }));
  assert.equal(sectionContent(image, '.data')?.length, 512);
});

test('certificates are found where the header says', () => {
  const image = readPe(makePe({ ...TWO, certificates: Buffer.alloc(24, 7) }));
  assert.deepEqual(image.certificateTable, { offset: 3072, size: 24 });
  assert.equal(image.endOfSections, 3072);
});

test('a duplicate section is refused', () => {
  refuses({ sections: [{ name: '.cmdline' }, { name: '.cmdline' }] }, /\.cmdline is there twice/);
});

test('a section beyond the file is refused', () => {
  refuses({ sections: [{ name: '.a', rawSize: 1024 }] }, /beyond the end/);
  refuses({ sections: [{ name: '.a', rawOffset: 0xfffffe00 }] }, /beyond the end/);
  refuses({ sections: [{ name: '.a', rawSize: 0xfffffe00 }] }, /beyond the end/);
});

test('a SizeOfImage that is not where the last section ends is refused', () => {
  for (const sizeOfImage of [0, 8192, 12287, 16384, 0xffffffff])
    refuses({ ...TWO, sizeOfImage }, /SizeOfImage/);
});

test('97 sections are refused, and none', () => {
  const sections = Array.from({ length: 97 }, (_, index) => ({ name: `.s${index}` }));
  refuses({ sections }, /97 sections/);
  assert.equal(readPe(makePe({ sections: sections.slice(0, 96) })).sections.length, 96);
  refuses({ ...TWO, sectionCount: 0 }, /0 sections/);
  refuses({ ...TWO, sectionCount: 0xffff }, /65535 sections/);
});

test('PE32 is refused', () => {
  refuses({ ...TWO, magic: 0x10b }, /not PE32\+/);
});

test('sections that overlap in memory or in the file are refused', () => {
  const second = { name: '.b', content: B };
  const first = { name: '.a', content: A };
  refuses({ sections: [first, { ...second, virtualAddress: 4096 }] }, /\.b overlaps/);
  refuses(
    {
      sections: [
        { ...first, virtualSize: 5000 },
        { ...second, virtualAddress: 8192 },
      ],
    },
    /\.b overlaps/,
  );
  refuses(
    {
      sections: [
        { ...first, virtualAddress: 8192 },
        { ...second, virtualAddress: 4096 },
      ],
    },
    /\.b overlaps/,
  );
  refuses(
    { sections: [first, { ...second, rawOffset: 2048 }] },
    /overlaps another one in the file/,
  );
  refuses({ sections: [{ ...first, virtualAddress: 0 }, second] }, /\.a overlaps/);
});

test('what is not aligned, empty or in the headers is refused', () => {
  refuses({ sections: [{ name: '.a', virtualAddress: 4097 }] }, /not aligned/);
  refuses({ sections: [{ name: '.a', rawOffset: 1537 }] }, /not aligned in the file/);
  refuses({ sections: [{ name: '.a', virtualSize: 0 }] }, /is empty/);
  refuses({ sections: [{ name: '.a', rawOffset: 512 }] }, /lies in the headers/);
  refuses({ sections: [{ name: 'x\n' }] }, /not printable/);
});

test('headers that do not fit together are refused', () => {
  refuses({ ...TWO, sizeOfHeaders: 512 - 112 }, /SizeOfHeaders/);
  refuses(changed(OPTIONAL_HEADER + 60, 0xffffffff), /SizeOfHeaders/);
  refuses(changed(OPTIONAL_HEADER + 108, 15), /NumberOfRvaAndSizes/);
  refuses({ ...TWO, dataDirectories: 17 }, /NumberOfRvaAndSizes/);
  for (const alignment of [0, 1, 8, 48, 131072]) {
    refuses(changed(OPTIONAL_HEADER + 36, alignment), /FileAlignment/);
    refuses(changed(OPTIONAL_HEADER + 32, alignment), /SectionAlignment/);
  }
  for (const start of [0, 8, 0x81, 0xffffffff, 5000]) refuses(changed(0x3c, start), /e_lfanew/);
  refuses(changed(PE_HEADER, 0x4551), /no PE header/);
  refuses(Buffer.alloc(10), /DOS header/);
  refuses(Buffer.alloc(4096), /DOS header/);
});

test('certificates that are not the last thing in the file are refused', () => {
  const size = makePe(TWO).length;
  refuses({ ...TWO, certificateEntry: { offset: 2560, size: 512 } }, /certificate table/);
  refuses({ ...TWO, certificateEntry: { offset: size, size: 8 } }, /certificate table/);
  refuses({ ...TWO, certificateEntry: { offset: 0xfffffff8, size: 16 } }, /certificate table/);
  const certificates = Buffer.alloc(24);
  refuses({ ...TWO, certificates, certificateEntry: { offset: size, size: 16 } }, /certificate/);
  refuses(
    { ...TWO, certificates, certificateEntry: { offset: size + 4, size: 20 } },
    /certificate/,
  );
  refuses({ ...TWO, certificates, certificateEntry: { offset: 0, size: 24 } }, /certificate/);
});
