/** What is wrong with an initramfs in a unified kernel image: credentials that nobody signed, and roots that it does not find. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { initramfsHas } from '../../../src/disk/initramfs/read-initramfs.js';
import { unifiedInitramfsProblems } from '../../../src/disk/initramfs/unified-initramfs.js';
import { encodeCpio } from '../../../src/formats/cpio.js';
import { fromText } from '../../../src/util/bytes.js';

const SYSTEMD = 'usr/lib/systemd/systemd';
const archive = (...paths: string[]) =>
  encodeCpio(
    paths.map((path) => ({
      kind: 'file',
      path: fromText(path),
      mode: 0o644,
      content: Buffer.from(`content of ${path}`),
    })),
  );
const microcode = archive('kernel/x86/microcode/AuthenticAMD.bin');
/** Of a command line that lets systemd write to the root. */
const credentialsProblem = async (bytes: Buffer, line: string) => {
  const [first, ...more] = await unifiedInitramfsProblems(bytes, `${line} rw`);
  assert.deepEqual(more, []);
  return first;
};
const compress = (program: string, bytes: Buffer) =>
  execFileSync(program, ['-c', ...(program === 'xz' ? ['--check=crc32'] : [])], { input: bytes });

test('a file is found in each archive of an initramfs, however it is compressed', async () => {
  const withSystemd = archive('init', SYSTEMD, 'x');
  // The name lies across the border of what is read at once.
  const large = encodeCpio([
    { kind: 'file', path: fromText('a'), mode: 0o644, content: randomBytes((1 << 18) - 250) },
    { kind: 'file', path: fromText(SYSTEMD), mode: 0o644, content: Buffer.alloc(0) },
  ]);
  for (const found of [
    withSystemd,
    gzipSync(withSystemd),
    compress('xz', withSystemd),
    compress('zstd', withSystemd),
    Buffer.concat([microcode, gzipSync(withSystemd)]),
    Buffer.concat([microcode, Buffer.alloc(512), compress('zstd', withSystemd)]),
    Buffer.concat([archive('init'), Buffer.alloc(4), withSystemd]),
    gzipSync(large),
    large,
  ])
    assert.equal(await initramfsHas(found, SYSTEMD), true);
  for (const without of [
    archive('init', `${SYSTEMD}-x`, `x${SYSTEMD}`),
    Buffer.concat([microcode, gzipSync(archive('init', `${SYSTEMD}-x`, `x${SYSTEMD}`))]),
    compress('xz', archive('init')),
    Buffer.alloc(0),
  ])
    assert.equal(await initramfsHas(without, SYSTEMD), false);
});

test('an initramfs that cannot be read does not count as one without the file', async () => {
  const good = archive('init', 'x');
  for (const unknown of [
    Buffer.from('BZh91AY'),
    gzipSync(Buffer.from('not an archive')),
    gzipSync(good).subarray(0, 40),
    good.subarray(0, good.indexOf('TRAILER') - 110),
    Buffer.from('070701'.padEnd(200, 'z')),
    // A name of 8 KiB: longer than the kernel takes.
    Buffer.concat([
      Buffer.from(`070701${'0'.repeat(88)}00002000${'0'.repeat(8)}`.padEnd(8304, 'x')),
      good,
    ]),
  ]) {
    assert.equal(await initramfsHas(unknown, SYSTEMD), undefined);
    assert.match((await credentialsProblem(unknown, 'quiet')) ?? '', /may have systemd/);
  }
});

test('with systemd in the initramfs the signed command line has to refuse credentials; the last word counts', async () => {
  const systemd = gzipSync(archive('init', SYSTEMD));
  const word = 'systemd.import_credentials';
  for (const line of [
    `quiet ${word}=no`,
    `rd.${word}=0 quiet`,
    `${word}=yes ${word}=off`,
    'systemd.import-credentials=false',
  ])
    assert.equal(await credentialsProblem(systemd, line), undefined, line);
  for (const line of [
    'quiet',
    word,
    `${word}=yes`,
    `${word}=no ${word}=1`,
    `x.${word}=no`,
    `${word}s=no`,
  ])
    assert.match(
      (await credentialsProblem(systemd, line)) ?? '',
      /add systemd\.import_credentials=no/,
      line,
    );
  assert.equal(await credentialsProblem(gzipSync(archive('init')), 'quiet'), undefined);
});

test('with systemd in the initramfs the signed command line has to say rw after any ro', async () => {
  const systemd = gzipSync(archive('init', SYSTEMD));
  const problems = (line: string) =>
    unifiedInitramfsProblems(systemd, `systemd.import_credentials=no ${line}`);
  for (const line of ['rw', 'ro rw', 'rw quiet']) assert.deepEqual(await problems(line), [], line);
  for (const line of ['quiet', 'ro', 'rw ro', 'rw=1', 'xrw']) {
    const [first, ...more] = await problems(line);
    assert.match(
      first ?? '',
      /has systemd, which mounts the root partition read-only.*add rw/,
      line,
    );
    assert.deepEqual(more, []);
  }
});

test('an initramfs of initramfs-tools finds no root from a unified kernel image, whatever is signed', async () => {
  const made = Buffer.concat([microcode, gzipSync(archive('init', 'scripts/functions'))]);
  for (const line of ['quiet', 'rw systemd.import_credentials=no']) {
    const [first, ...more] = await unifiedInitramfsProblems(made, line);
    assert.match(first ?? '', /initramfs-tools, which finds no root partition/, line);
    assert.deepEqual(more, []);
  }
});
