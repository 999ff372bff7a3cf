import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addSections } from '../../../../src/formats/pe/add-sections.js';
import { sectionContent, readPe } from '../../../../src/formats/pe/read-pe.js';
import { encodeUki, joinInitrds, sectionsOf } from '../../../../src/formats/uki/encode-uki.js';
import { parseUki } from '../../../../src/formats/uki/parse-uki.js';
import { mergeSbat, UKI_SBAT } from '../../../../src/formats/uki/sbat.js';
import {
  requireStub,
  stubVersionProblem,
  stubVersionOf,
} from '../../../../src/formats/uki/stub.js';
import { FormatError, RootsealError } from '../../../../src/util/errors.js';
import { makeKernel, makePe, makeStub } from '../../../helpers/pe-file.js';

const PARTS = {
  stub: makeStub(),
  osrel: Buffer.from('ID=test\n'),
  cmdline: `composefs.digest=v1-sha256-12:${'ab'.repeat(32)} quiet`,
  uname: '6.12.0-test',
  linux: makeKernel(),
  initrd: Buffer.from('070701 and so on'),
};

function refusesToParse(bytes: Buffer, expected: RegExp): void {
  assert.throws(
    () => parseUki(bytes),
    (error: unknown) => error instanceof FormatError && expected.test(error.message),
  );
}

function refusesToEncode(change: Partial<typeof PARTS>, expected: RegExp): void {
  assert.throws(
    () => encodeUki({ ...PARTS, ...change }),
    (error: unknown) => error instanceof RootsealError && expected.test(error.message),
  );
}

/** An image with one more section, which is put in before the others or behind them. */
function withSection(name: string, where: 'before' | 'behind', content = 'x'): Buffer {
  const added = [{ name, content: Buffer.from(content), characteristics: 0x40000040 }];
  const options = { nxCompat: true };
  if (where === 'behind') return addSections(encodeUki(PARTS), added, options);
  const order = ['.sbat', '.osrel', '.cmdline', '.uname', '.linux', '.initrd'] as const;
  const sections = sectionsOf(PARTS);
  const ours = order.map((one) => ({
    name: one,
    content: sections.get(one) ?? assert.fail(),
    characteristics: one === '.linux' ? 0x40000020 : 0x40000040,
  }));
  return addSections(PARTS.stub, [...added, ...ours], options);
}

test('what was encoded is read back', () => {
  const uki = parseUki(encodeUki(PARTS));
  assert.equal(uki.commandLine, PARTS.cmdline);
  assert.equal(uki.release, PARTS.uname);
  assert.equal(uki.architecture, 'x64');
  assert.deepEqual(uki.stubVersion, { text: '257.13-1~deb13u1', major: 257 });
  assert.deepEqual(uki.sections, sectionsOf(PARTS));
  assert.deepEqual(uki.sections.get('.linux'), PARTS.linux);
});

test('the same parts give the same bytes', () => {
  assert.ok(encodeUki(PARTS).equals(encodeUki({ ...PARTS, stub: makeStub() })));
});

test('a single initramfs stays as it is; of several, each is filled up to 4 bytes', () => {
  const [five, four] = [Buffer.from('abcde'), Buffer.from('wxyz')];
  assert.deepEqual(joinInitrds([five]), five);
  assert.equal(joinInitrds([five, four]).toString('latin1'), 'abcde\0\0\0wxyz');
  assert.equal(joinInitrds([four, five]).toString('latin1'), 'wxyzabcde\0\0\0');
});

test('a stub of version 261 or later is refused, and one that has no version', () => {
  for (const version of ['261', '261~rc1', '261.1-1', '262.1-1', '1000'])
    refusesToEncode({ stub: makeStub({ version }) }, /unsigned boot entry/);
  for (const version of ['252.39-1', '256', '9'])
    refusesToEncode({ stub: makeStub({ version }) }, /knows 257 to 260/);
  for (const version of ['257~rc2', '258', '260.3-1'])
    assert.equal(requireStub(readPe(makeStub({ version }))).text, version);
  for (const version of ['', 'devel', '257 and more', '25700'])
    refusesToEncode({ stub: makeStub({ version }) }, /does not say that it is systemd-stub/);
  const nameless = makePe({ sections: [{ name: '.text' }, { name: '.sbat' }] });
  refusesToEncode({ stub: nameless }, /does not say that it is systemd-stub/);
});

test('an image with a newer stub can be looked at, and is judged by its version', () => {
  const bytes = encodeUki(PARTS);
  const at = bytes.indexOf('systemd-stub 257.13-1~deb13u1');
  bytes.write('systemd-stub 262.13-1~deb13u1', at, 'latin1');
  assert.match(stubVersionProblem(parseUki(bytes).stubVersion) ?? '', /systemd-stub 262/);
});

test('a section that rootseal does not use is refused, wherever it is', () => {
  const names = ['.profile', '.dtb', '.dtbauto', '.hwids', '.efifw', '.ucode', '.splash', '.other'];
  for (const name of names)
    for (const where of ['before', 'behind'] as const)
      refusesToParse(withSection(name, where), /is not one of an image of rootseal's/);
});

test('a duplicate section .cmdline is refused', () => {
  const bytes = withSection('.cmdlinX', 'behind');
  const at = bytes.indexOf('.cmdlinX', 0, 'latin1');
  bytes.write('.cmdline', at, 'latin1');
  refusesToParse(bytes, /\.cmdline is there twice/);
});

test('a missing section and another order are refused', () => {
  const sections = sectionsOf(PARTS);
  const all = ['.osrel', '.cmdline', '.uname', '.linux', '.initrd'] as const;
  const build = (names: readonly (typeof all)[number][]) =>
    addSections(
      PARTS.stub,
      names.map((name) => ({
        name,
        content: sections.get(name) ?? assert.fail(),
        characteristics: name === '.linux' ? 0x40000020 : 0x40000040,
      })),
      { nxCompat: true },
    );
  for (const missing of all)
    refusesToParse(
      build(all.filter((name) => name !== missing)),
      new RegExp(`${missing} is missing`),
    );
  refusesToParse(build([...all].reverse()), /another order/);
  assert.equal(parseUki(build(all)).commandLine, PARTS.cmdline);
});

test('bytes behind the sections, in what fills them up, and between them are refused', () => {
  const bytes = encodeUki(PARTS);
  refusesToParse(Buffer.concat([bytes, Buffer.alloc(8)]), /behind the last section/);
  const filled = Buffer.from(bytes);
  filled[bytes.length - 1] = 1;
  refusesToParse(filled, /behind its content/);
  const stub = Buffer.concat([PARTS.stub, Buffer.alloc(512)]);
  refusesToParse(encodeUki({ ...PARTS, stub }), /a gap between/);
});

test('texts that cannot be are refused: command line, release, os-release', () => {
  for (const cmdline of ['', ' a', 'a  b', 'a\n', 'a\0', 'ä', 'x'.repeat(2048)])
    refusesToEncode({ cmdline }, /command line/);
  for (const uname of ['a/b', '../x', 'a b', 'x'.repeat(256)])
    refusesToParse(encodeUki({ ...PARTS, uname }), /release of a kernel/);
  refusesToParse(encodeUki({ ...PARTS, osrel: Buffer.alloc(65537, 'a') }), /65536 bytes/);
  refusesToParse(encodeUki({ ...PARTS, osrel: Buffer.from([0xff]) }), /UTF-8/);
  refusesToEncode({ initrd: Buffer.alloc(0) }, /would be empty/);
  refusesToEncode({ uname: '' }, /would be empty/);
});

test('a kernel that is not for EFI, or for another machine, is refused', () => {
  refusesToEncode({ linux: Buffer.from('\x7fELF') }, /not a program for EFI/);
  refusesToEncode({ linux: makeKernel({ machine: 0xaa64 }) }, /different machines/);
});

test('executable code is in no section of ours', () => {
  const bytes = encodeUki(PARTS);
  const at = bytes.indexOf('.initrd\0', 0, 'latin1');
  bytes.writeUInt32LE(0x60000020, at + 36);
  refusesToParse(bytes, /unusual characteristics/);
});

test('SBAT lines of stub, kernel and image follow each other below one first line', () => {
  const merged = sectionContent(readPe(encodeUki(PARTS)), '.sbat')?.toString('latin1') ?? '';
  assert.match(merged, /^sbat,1,[^\n]*\nsystemd-stub,1,[^\n]*\nuki,1,[^\n]*\n\0$/);
  for (const text of ['', 'linux,1\n', 'sbat,1\nä\n', 'sbat,1\n\nx\n', 'sbat,1\na\0b\n'])
    assert.throws(() => mergeSbat([Buffer.from(UKI_SBAT), Buffer.from(text)]), /SBAT/);
});

test('the version is asked of the stub alone', () => {
  assert.throws(() => stubVersionOf(readPe(makeKernel())), /does not say/);
});
