/** The boot program's formats: shared vectors, sanitizers, fuzzing, and the size of the program. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBoot, cannotBuild, CHECKOUT, runBoot } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { generateTables, readTable } from '../vectors/boot/generate.js';

const skip = cannotBuild;
const RECORDS = [
  'seal/seal.txt',
  ...['cmdline', 'floor', 'manifest', 'assurance'].map((name) => `boot/${name}.txt`),
].map(tablePath);
const TABLES = [...RECORDS, tablePath('seal/ed25519.txt')];
const SEED = '20261123';

function tablePath(name: string): string {
  return join(CHECKOUT, 'test/vectors', name);
}

test('the tables of test/vectors/boot are what their generator writes', () => {
  for (const [name, table] of Object.entries(generateTables()))
    assert.ok(readTable(name) === table, `${name} is out of date`);
});

for (const name of ['vectors', 'sanitized/vectors']) {
  test(`build/${name}: the boot program decides every shared vector as expected`, { skip }, () => {
    const { status, output } = runBoot(buildBoot(name), TABLES);
    assert.equal(status, 0, output);
    assert.match(output, /^\d{3} vectors, 0 failed\n$/);
  });
}

test('a wrong expectation in a table is a failure that names the vector', { skip }, (t) => {
  const table = join(scratchDirectory(t), 'table');
  writeFileSync(table, 'vector lies\nfloor NQo=\nexpect refused FLOOR_INVALID\n');
  const { status, output } = runBoot(buildBoot('vectors'), [table]);
  assert.equal(status, 1);
  assert.match(output, /^lies: expected refused FLOOR_INVALID, found accepted FLOOR_ACCEPTED 5\n/);
});

test('no mutant of a record makes a sanitizer complain or forges a signed text', { skip }, () => {
  const { status, output } = runBoot(buildBoot('sanitized/fuzz'), ['120000', SEED, ...RECORDS]);
  assert.equal(status, 0, output);
  assert.match(output, /^120000 mutants of \d+ records, [1-9]\d* accepted, 0 findings\n$/);
});

test(
  'the boot program is a static program at a random address of at most 300 KiB',
  { skip },
  (t) => {
    const program = buildBoot('rootseal-setup-root');
    const headers = runBoot('readelf', ['-lhW', program]).output;
    assert.match(headers, /Type: +DYN/);
    assert.match(headers, /GNU_RELRO/);
    assert.match(headers, /GNU_STACK .* RW /);
    assert.doesNotMatch(headers, /INTERP/);
    if (runBoot('sh', ['-c', 'command -v musl-gcc']).status !== 0) {
      t.skip('musl-gcc is missing: the size limit does not hold for another C library');
      return;
    }
    const { size } = statSync(program);
    assert.ok(size <= 300 * 1024, `${size} bytes`);
  },
);

test('the sources in another folder give the same boot program', { skip }, (t) => {
  const here = readFileSync(buildBoot('rootseal-setup-root'));
  const copy = join(scratchDirectory(t), 'elsewhere');
  cpSync(join(CHECKOUT, 'initramfs'), copy, {
    recursive: true,
    filter: (path) => !path.includes('initramfs/build'),
  });
  const { status, output } = runBoot('make', ['-s', '-C', copy, 'program']);
  assert.equal(status, 0, output);
  assert.ok(readFileSync(join(copy, 'build/rootseal-setup-root')).equals(here));
});
