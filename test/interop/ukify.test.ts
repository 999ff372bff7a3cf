/**
 * Our unified kernel images against ukify and systemd-measure of Debian 13 (systemd 257.13), in the folder that
 * ROOTSEAL_TEST_UKI_TOOLS names; `npm test` sees to it (test/setup/uki-tools.mjs).
 */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { encodeUki, joinInitrds, sectionsOf } from '../../src/formats/uki/encode-uki.js';
import { parseUki } from '../../src/formats/uki/parse-uki.js';
import { BOOT_PHASES, PCR_BANKS, pcr11 } from '../../src/formats/uki/pcr11.js';
import {
  encodePcrPublicKey,
  encodePcrSignatures,
  parsePcrSignatures,
  pcrSignatureProblem,
} from '../../src/formats/uki/pcr-signature.js';
import { alignUp } from '../../src/util/bytes.js';
import { bootableTree, commitTree, elfProgram, RELEASE } from '../helpers/disk.js';
import { makeKernel, makePe } from '../helpers/pe-file.js';
import { TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';

const TOOLS = process.env['ROOTSEAL_TEST_UKI_TOOLS'];
const skip = TOOLS === undefined && 'ukify of Debian 13 is missing (npm test unpacks it)';
const tool = (name: string) => join(TOOLS ?? '', 'bin', name);
const MACHINES = { x64: 0x8664, aa64: 0xaa64 };
const [architecture, machine] =
  process.arch === 'arm64' ? (['aa64', MACHINES.aa64] as const) : (['x64', MACHINES.x64] as const);
const STUB = join(TOOLS ?? '', `efi/linux${architecture}.efi.stub`);

const OSREL = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n';
const CMDLINE = `composefs.digest=v1-sha256-12:${'ab'.repeat(32)} quiet console=ttyS0,115200`;
const UNAME = '6.12.117+deb13-cloud-amd64';
const SBAT_OF_KERNEL =
  'sbat,1,SBAT Version,sbat,1,https://example.org\nlinux,1,Somebody,linux,6,x\n';

interface Case {
  readonly name: string;
  readonly linux: Buffer;
  readonly initrds: readonly Buffer[];
}

/** Bytes of any kind, the same in each run. */
function bytesOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

const withSbat = makePe({
  machine,
  sections: [
    { name: '.text', content: bytesOf(4097), characteristics: 0x60000020 },
    { name: '.sbat', content: Buffer.from(SBAT_OF_KERNEL) },
  ],
});
const CASES: readonly Case[] = [
  { name: 'one initramfs', linux: makeKernel({ machine }), initrds: [bytesOf(3001)] },
  {
    name: 'a kernel that is NX_COMPAT, several initramfs',
    linux: makeKernel({ machine, nxCompat: true }),
    initrds: [bytesOf(3001), bytesOf(777), bytesOf(512)],
  },
  { name: 'a kernel with .sbat', linux: withSbat, initrds: [bytesOf(1), bytesOf(5)] },
];

/** Runs ukify on the case in a folder of its own; the image's bytes, and the files that went in. */
async function ukify(folder: string, made: Case, more: readonly string[] = []): Promise<Buffer> {
  const write = (name: string, content: Buffer | string): string => {
    fs.writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const output = join(folder, 'uki.efi');
  await execa(tool('ukify'), [
    'build',
    `--stub=${STUB}`,
    `--linux=${write('linux', made.linux)}`,
    ...made.initrds.map((initrd, index) => `--initrd=${write(`initrd-${index}`, initrd)}`),
    `--os-release=@${write('osrel', OSREL)}`,
    `--cmdline=${CMDLINE}`,
    `--uname=${UNAME}`,
    '--no-sign-kernel',
    `--tools=${join(TOOLS ?? '', 'bin')}`,
    ...more,
    `--output=${output}`,
  ]);
  return fs.readFileSync(output);
}

function partsOf(made: Case) {
  return {
    stub: fs.readFileSync(STUB),
    osrel: Buffer.from(OSREL),
    cmdline: CMDLINE,
    uname: UNAME,
    linux: made.linux,
    initrd: joinInitrds(made.initrds),
  };
}

for (const made of CASES) {
  test(`byte for byte what ukify makes: ${made.name}`, { skip }, async (t) => {
    const expected = await ukify(scratchDirectory(t), made);
    const ours = encodeUki(partsOf(made));
    assert.ok(ours.equals(expected));
    const uki = parseUki(expected);
    assert.deepEqual(uki.sections, sectionsOf(partsOf(made)));
    assert.equal(uki.commandLine, CMDLINE);
    assert.equal(uki.stubVersion.major, 257);
  });
}

test("the image of a commit is what ukify makes of the commit's files", { skip }, async (t) => {
  const repository = TestRepository.make(t);
  const { linux } = CASES[1]!;
  const tree = bootableTree(repository);
  fs.writeFileSync(join(tree, `usr/lib/modules/${RELEASE}/vmlinuz`), linux);
  fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(machine === MACHINES.x64 ? 62 : 183));
  fs.copyFileSync(STUB, join(tree, `usr/lib/systemd/boot/efi/linux${architecture}.efi.stub`));
  commitTree(repository, tree);
  const file = join(repository.scratch, 'ours.efi');
  repository.expect(['uki', 'build', 'main', '--output', file]);
  const ours = fs.readFileSync(file);
  const uki = parseUki(ours);
  const own = fs.readFileSync(join(tree, `usr/lib/modules/${RELEASE}/initramfs.img`));
  const trust = uki.sections.get('.initrd')!.subarray(alignUp(own.length, 4));
  const made = { name: '', linux, initrds: [own, trust] };
  const words = [`--cmdline=${uki.commandLine}`, `--uname=${RELEASE}`];
  const osrel = `--os-release=@${join(tree, 'usr/lib/os-release')}`;
  assert.ok(ours.equals(await ukify(repository.scratch, made, [...words, osrel])));
});

test('PCR 11 is what systemd-measure calculates, for each phase and bank', { skip }, async (t) => {
  const folder = scratchDirectory(t);
  const { sections } = parseUki(await ukify(folder, CASES[1]!));
  const files = [...sections].map(([name, content]) => {
    fs.writeFileSync(join(folder, `section${name}`), content);
    return `--${name.slice(1)}=${join(folder, `section${name}`)}`;
  });
  const calculate = async (...more: string[]) => {
    const { stdout } = await execa(tool('systemd-measure'), ['calculate', ...files, ...more]);
    return [...stdout.matchAll(/^11:([a-z0-9]+)=([0-9a-f]+)$/gm)].map(([, bank, value]) => [
      bank,
      value,
    ]);
  };
  const banks = PCR_BANKS.map((bank) => `--bank=${bank}`);
  const expected = [...(await calculate('--phase=', ...banks)), ...(await calculate(...banks))];
  assert.deepEqual(
    ['', ...BOOT_PHASES].flatMap((phase) =>
      PCR_BANKS.map((bank) => [bank, pcr11(sections, phase, bank).toString('hex')]),
    ),
    expected,
  );
});

test(
  'signatures over PCR 11 are those of ukify and systemd-measure, byte for byte',
  { skip },
  async (t) => {
    const folder = scratchDirectory(t);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = join(folder, 'pcr.pem');
    fs.writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const publicFile = join(folder, 'pcr.pub');
    const pcrpkey = encodePcrPublicKey(createPrivateKey(fs.readFileSync(keyFile)));
    fs.writeFileSync(publicFile, pcrpkey);
    const keys = [`--pcr-private-key=${keyFile}`, `--pcr-public-key=${publicFile}`];
    const expected = await ukify(folder, CASES[1]!, [...keys, '--pcr-banks=sha256']);
    const parts = { ...partsOf(CASES[1]!), pcrpkey };
    const pcrsig = encodePcrSignatures(sectionsOf(parts), privateKey, BOOT_PHASES);
    assert.equal(pcrsig.toString(), parseUki(expected).sections.get('.pcrsig')?.toString());
    assert.ok(encodeUki({ ...parts, pcrsig }).equals(expected));
    const { sections } = parseUki(expected);
    assert.equal(pcrSignatureProblem(sections, BOOT_PHASES), undefined);
    assert.equal(parsePcrSignatures(pcrsig).length, BOOT_PHASES.length);

    const files = [...sections].flatMap(([name, content]) => {
      if (name === '.pcrsig') return [];
      fs.writeFileSync(join(folder, `section${name}`), content);
      return `--${name.slice(1)}=${join(folder, `section${name}`)}`;
    });
    const { stdout } = await execa(tool('systemd-measure'), [
      'sign',
      ...files,
      `--private-key=${keyFile}`,
      `--public-key=${publicFile}`,
      '--bank=sha256',
    ]);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(pcrsig.toString()));
  },
);
