/** Orders of versions and databases of packages against the package managers' own programs. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDpkgStatus } from '../../src/formats/packages/dpkg-status.js';
import { atOnce } from '../../src/util/steps.js';
import { VERSION_ORDERS } from '../../src/formats/packages/package-version-order.js';
import { loadKoffi } from '../../src/linux/libc.js';
import { fixTimes } from '../helpers/fixed-times.js';
import { skipUnless } from '../helpers/programs.js';
import { TestRepository, TIME } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';

const SEED = 0x5eed;

/** Pairs of versions made of pieces, so that they often begin alike. */
function pairsOf(pieces: readonly string[], first: string, count: number): [string, string][] {
  const version = fc
    .array(fc.constantFrom(...pieces), { maxLength: 5 })
    .map((parts) => `${first}${parts.join('')}`);
  return fc.sample(fc.tuple(version, version), { seed: SEED, numRuns: count });
}

const PIECES = ['0', '1', '01', '9', '10', '.', '.', 'a', 'rc', 'Z', '+', '~', '-1'];

test('dpkg: versions are in the order of dpkg', { skip: skipUnless('dpkg') }, () => {
  const pairs = [
    ...pairsOf(PIECES, '1', 300),
    ...pairsOf(PIECES, '1:1', 20),
    ['1:1', '2'] as [string, string],
  ];
  for (const [a, b] of pairs) {
    const order = Math.sign(VERSION_ORDERS.dpkg(a, b));
    const word = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
    const { status } = spawnSync('dpkg', ['--compare-versions', a, word, b]);
    assert.equal(status, 0, `${a} ${word} ${b}`);
  }
});

test('rpm: versions are in the order of rpm', { skip: skipUnless('rpm') }, () => {
  const pieces = [...PIECES.filter((piece) => piece !== '-1'), '^', '_'];
  const pairs = [...pairsOf(pieces, '1', 3000), ...pairsOf(pieces, '', 300)]
    .filter(([a, b]) => a !== '' && b !== '')
    .map(([a, b]) => [`${a}-1`, `${b}-1`] as const);
  const orders: string[] = [];
  for (let start = 0; start < pairs.length; start += 500) {
    const calls = pairs
      .slice(start, start + 500)
      .map(([a, b]) => `o[#o+1] = rpm.vercmp("${a}","${b}")`);
    const words = ['--eval', `%{lua: local o = {} ${calls.join(' ')} print(table.concat(o, ' '))}`];
    orders.push(...execFileSync('rpm', words, { encoding: 'utf8' }).trim().split(/\s+/));
  }
  assert.equal(orders.length, pairs.length);
  for (const [index, [a, b]] of pairs.entries())
    assert.equal(Math.sign(VERSION_ORDERS.rpm(a, b)), Number(orders[index]), `${a} ${b}`);
});

const ALPM = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
  .filter((folder) => fs.existsSync(folder))
  .flatMap((folder) =>
    fs
      .readdirSync(folder)
      .filter((name) => /^libalpm\.so\.\d+$/.test(name))
      .map((name) => join(folder, name)),
  )[0];

test(
  'pacman: versions are in the order of libalpm',
  { skip: ALPM === undefined && 'libalpm missing' },
  () => {
    const library = loadKoffi().load(ALPM ?? '');
    const compare = library.func('int alpm_pkg_vercmp(const char *a, const char *b)') as (
      a: string,
      b: string,
    ) => number;
    const pieces = [...PIECES, '_', '..'];
    const pairs = [
      ...pairsOf(pieces, '1', 5000),
      ...pairsOf(pieces, '', 500),
      ...pairsOf(pieces, '1:1', 100),
    ];
    for (const [a, b] of pairs)
      assert.equal(Math.sign(VERSION_ORDERS.pacman(a, b)), Math.sign(compare(a, b)), `${a} ${b}`);
  },
);

test(
  "dpkg: the packages of this machine are dpkg-query's",
  { skip: skipUnless('dpkg-query') },
  () => {
    const format =
      '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n';
    const said = execFileSync('dpkg-query', ['--show', `--showformat=${format}`], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const expected = said
      .trimEnd()
      .split('\n')
      .filter((line) => !/^(?:not-installed|config-files) /.test(line));
    const found = atOnce(parseDpkgStatus(fs.readFileSync('/var/lib/dpkg/status'))).map(
      ({ state, name, version, architecture, source }) =>
        [
          state ?? 'installed',
          name,
          version,
          architecture,
          source?.name,
          source?.version ?? '',
        ].join(' '),
    );
    assert.ok(found.length > 50);
    assert.deepEqual(found.sort(), expected.sort());
  },
);

/** A database of rpm with one package, in DIRECTORY. */
function makeRpmDatabase(scratch: string, directory: string, backend: string, version: string) {
  const top = join(scratch, `top-${version}`);
  fs.mkdirSync(top, { recursive: true });
  const spec = join(top, 'hello.spec');
  fs.writeFileSync(
    spec,
    `Name: hello\nVersion: ${version}\nRelease: 1\nEpoch: 2\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%description\nx\n%files\n`,
  );
  execFileSync('rpmbuild', ['--quiet', '--define', `_topdir ${top}`, '-bb', spec]);
  const packet = join(top, `RPMS/noarch/hello-${version}-1.noarch.rpm`);
  fs.mkdirSync(directory, { recursive: true });
  const database = ['--dbpath', directory, '--define', `_db_backend ${backend}`];
  execFileSync('rpm', [...database, '--initdb'], { stdio: 'pipe' });
  const install = ['--install', '--justdb', '--nodeps', '--nosignature', packet];
  return spawnSync('rpm', [...database, ...install], { encoding: 'utf8' });
}

for (const [backend, place] of [
  ['sqlite', 'usr/lib/sysimage/rpm'],
  ['ndb', 'var/lib/rpm'],
] as const)
  test(
    `rpm: a database of ${backend} is read, or rpm says that it cannot`,
    { skip: skipUnless('rpm', 'rpmbuild') },
    (t) => {
      const repository = TestRepository.make(t);
      const scratch = scratchDirectory(t);
      let isKnown = true;
      for (const version of ['1.0~rc1', '1.0']) {
        const tree = repository.tree({ 'etc/': '' });
        const made = makeRpmDatabase(scratch, join(tree, place), backend, version);
        isKnown &&= made.status === 0;
        if (made.status !== 0) {
          assert.match(made.stderr, /invalid %_db_backend/);
          fs.writeFileSync(join(tree, place, 'Packages.db'), 'of another rpm');
        }
        fixTimes(tree);
        repository.expect(['commit', tree, '-b', 'main', '--time', String(TIME)]);
      }
      const { status, stdout, stderr } = repository.call(['diff', 'main^', 'main', '--packages']);
      if (isKnown) {
        assert.equal(stdout, 'upgraded  hello  2:1.0~rc1-1 -> 2:1.0-1\n1 package upgraded\n');
      } else {
        assert.equal(status, 14);
        assert.match(stderr, /^error: rpm of this machine reads no databases of ndb\n/);
      }
    },
  );

test('rpm: a damaged database is told as one', { skip: skipUnless('rpm') }, (t) => {
  const repository = TestRepository.make(t);
  const file = 'usr/lib/sysimage/rpm/rpmdb.sqlite';
  for (const content of ['', 'not a database'.repeat(1000)]) {
    repository.commit({ [file]: content });
    const { status, stderr } = repository.call(['diff', 'main', 'main', '--packages']);
    assert.equal(status, 17, stderr);
    assert.match(stderr, /^error: rpm cannot read the database in \/usr\/lib\/sysimage\/rpm: /);
  }
});

test('rpm: without the program the command says so', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/rpm/rpmdb.sqlite': 'x' });
  const env = { PATH: '/nowhere' };
  const { status, stderr } = repository.call(['diff', 'main', 'main', '--packages'], { env });
  assert.equal(status, 14, stderr);
  assert.match(stderr, /^error: the program rpm is not installed\n/);
});
