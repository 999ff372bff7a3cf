/** What keeps the boot program from starting a deployment is a problem, is put right where it can be, and is not rolled back to. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { TestSysroot } from '../helpers/sysroot.js';

/** Release 2 is the default and good, release 1 is what one can roll back to. */
function twoGoodReleases(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  for (const version of ['1', '2']) {
    sysroot.expect(['deploy', sysroot.release(version, { kernel: `kernel ${version}` })]);
    sysroot.expect(['bless', 'default']);
  }
  return sysroot;
}

function problems(sysroot: TestSysroot): string {
  return sysroot.status().problems.join('\n');
}

/** Moves a directory away and leaves a link to where it is. */
function makeLink(sysroot: TestSysroot, path: string): void {
  const elsewhere = join(sysroot.scratch, `elsewhere-${path.replaceAll('/', '-')}`);
  fs.renameSync(sysroot.file(path), elsewhere);
  fs.symlinkSync(elsewhere, sysroot.file(path));
}

for (const [path, message] of [
  ['state/os/os/var', /state\/os\/os\/var is a symbolic link/],
  ['state/os', /state\/os is a symbolic link/],
  ['state/deploy', /state\/deploy is a symbolic link/],
  ['composefs', /composefs is a symbolic link/],
  ['composefs/objects', /composefs\/objects is a symbolic link/],
] as const)
  test(`${path} that is a symbolic link is a problem, and nothing is deployed, staged or rolled back to through it`, (t) => {
    const sysroot = twoGoodReleases(t);
    const third = sysroot.release('3');
    makeLink(sysroot, path);
    assert.match(problems(sysroot), message);
    sysroot.expect(['status', '--check'], 3);
    for (const args of [['deploy', third], ['deploy', third, '--stage'], ['rollback']]) {
      const refused = sysroot.call(args);
      assert.equal(refused.status, 17, `${args.join(' ')}: ${refused.stderr}`);
      assert.match(refused.stderr, message);
    }
    assert.equal(sysroot.role('default'), '2');
    const repaired = sysroot.call(['repair']);
    // Each change removes what is unfinished among the states, and does so in no other place.
    assert.equal(repaired.status, path === 'state/deploy' ? 17 : 3, repaired.stderr);
    assert.match(repaired.stderr, message);
  });

test('the state of a deployment that is a symbolic link is a problem, and is not rolled back to but by force', (t) => {
  const sysroot = twoGoodReleases(t);
  const { rollback } = sysroot.status().roles;
  makeLink(sysroot, `state/deploy/${rollback ?? ''}`);
  assert.match(problems(sysroot), /os 1 .*state\/deploy\/\w+ is a symbolic link/);
  assert.match(
    sysroot.call(['rollback']).stderr,
    /os 1 .* cannot be started: .*is a symbolic link/,
  );
  sysroot.expect(['rollback'], 17);
  sysroot.expect(['rollback', '--force']);
  assert.equal(sysroot.role('default'), '1');
});

test('the merge of /etc reads nothing through a link in the place of the old /etc', (t) => {
  const sysroot = twoGoodReleases(t);
  const etc = sysroot.state('default', 'etc');
  const secret = join(sysroot.scratch, 'secret');
  fs.renameSync(etc, secret);
  fs.writeFileSync(join(secret, 'secret'), 'secret\n');
  fs.symlinkSync(secret, etc);
  for (const args of [[], ['--stage']]) {
    const refused = sysroot.call(['deploy', sysroot.release('3'), ...args]);
    assert.equal(refused.status, 17, refused.stderr);
    assert.match(refused.stderr, /\/etc is a symbolic link/);
  }
  assert.equal(sysroot.role('default'), '2');
  assert.match(sysroot.call(['etc', 'diff']).stderr, /\/etc is a symbolic link/);
  sysroot.expect(['etc', 'diff'], 17);
});

/** What is broken, and what repair says of it. */
const LINKS: Readonly<Record<string, readonly [(sysroot: TestSysroot) => void, RegExp, RegExp]>> = {
  'the link var of a deployment that is missing': [
    (sysroot) => {
      fs.rmSync(sysroot.state('default', 'var'));
    },
    /var is not a symbolic link to \.\.\/\.\.\/os\/os\/var/,
    /made the link state\/deploy\/\w+\/var/,
  ],
  'the link var of a deployment that leads elsewhere': [
    (sysroot) => {
      fs.rmSync(sysroot.state('default', 'var'));
      fs.symlinkSync('../../os/other/var', sysroot.state('default', 'var'));
    },
    /var is not a symbolic link to \.\.\/\.\.\/os\/os\/var/,
    /made the link state\/deploy\/\w+\/var/,
  ],
  'the name of an image that is missing': [
    (sysroot) => {
      for (const name of fs.readdirSync(sysroot.repository.file('images')))
        if (name !== 'refs') fs.rmSync(sysroot.repository.file(`images/${name}`));
    },
    /its image has no name: .*\/images\/\w+ is missing/,
    /named image \w+ in the repository/,
  ],
  'the directory of the images that is missing': [
    (sysroot) => {
      fs.rmSync(sysroot.repository.file('images'), { recursive: true });
    },
    /composefs\/images is missing/,
    /named image \w+ in the repository/,
  ],
  'a kernel on the ESP that is cut off': [
    (sysroot) => {
      for (const hash of sysroot.kernels())
        fs.truncateSync(sysroot.file(`boot/rootseal/${hash}/vmlinuz`), 5);
    },
    /kernel \w+ is missing or damaged on the ESP/,
    /copied kernel \w+ to the ESP/,
  ],
};

for (const [name, [damage, problem, repaired]] of Object.entries(LINKS))
  test(`${name} is a problem, and is put right by repair`, (t) => {
    const sysroot = twoGoodReleases(t);
    damage(sysroot);
    assert.match(problems(sysroot), problem);
    sysroot.expect(['status', '--check'], 3);
    assert.match(sysroot.expect(['repair']), repaired);
    assert.equal(problems(sysroot), '');
    assert.equal(sysroot.expect(['repair']), 'nothing to repair');
    sysroot.expect(['rollback']);
  });

test('objects that are missing are a problem, and keep rollback and deploy from being done', (t) => {
  const sysroot = twoGoodReleases(t);
  const third = sysroot.release('3');
  const version = sysroot.repository.digestOf('main^^', '/usr/lib/version');
  fs.rmSync(sysroot.repository.objectFile(version));
  assert.match(
    problems(sysroot),
    new RegExp(`os 1 .*1 object of its image is missing: ${version}`),
  );
  const refused = sysroot.call(['rollback']);
  assert.equal(refused.status, 10, refused.stderr);
  assert.match(refused.stderr, /os 1 .* cannot be started: 1 object of its image is missing/);
  fs.rmSync(sysroot.repository.file('objects'), { recursive: true });
  fs.mkdirSync(sysroot.repository.file('objects'));
  assert.match(problems(sysroot), /os 2 .*its image is missing/);
  sysroot.expect(['rollback'], 10);
  sysroot.expect(['deploy', third], 10);
  assert.equal(sysroot.call(['repair']).status, 3);
});

test('a damaged meta.json of the repository is a problem', (t) => {
  const sysroot = twoGoodReleases(t);
  fs.writeFileSync(sysroot.repository.file('meta.json'), '');
  assert.match(problems(sysroot), /meta\.json/);
  sysroot.expect(['status', '--check'], 3);
});

test('/etc and /var that were lost and made again are told by repair and by status until somebody knows it', (t) => {
  const sysroot = twoGoodReleases(t);
  fs.writeFileSync(sysroot.state('default', 'etc/mine'), 'mine\n');
  fs.rmSync(sysroot.state('default', 'etc'), { recursive: true });
  fs.rmSync(sysroot.file('state/os/os/var'), { recursive: true });
  assert.match(problems(sysroot), /\/etc of \w+ is missing/);
  assert.match(problems(sysroot), /state\/os\/os\/var is missing/);
  const repaired = sysroot.call(['repair']);
  assert.match(repaired.stdout, /made \/etc of \w+/);
  assert.match(repaired.stderr, /^warning: \/etc of os 2 .* was lost and has been made again/m);
  assert.match(repaired.stderr, /^warning: \/var of os was lost and has been made again/m);
  assert.ok(fs.existsSync(sysroot.state('default', 'etc/hostname')));
  assert.ok(fs.existsSync(sysroot.file('state/os/os/var/lib')));
  assert.match(problems(sysroot), /\/etc of os 2 .* was lost/);
  assert.match(problems(sysroot), /\/var of os was lost/);
  sysroot.expect(['status', '--check'], 3);
  assert.match(sysroot.call(['repair']).stderr, /was lost/);
  assert.equal(sysroot.expect(['repair', '--acknowledge']), 'nothing to repair');
  assert.equal(problems(sysroot), '');
});

test('an /etc that a change other than repair makes again is told, too', (t) => {
  const sysroot = twoGoodReleases(t);
  fs.rmSync(sysroot.state('rollback', 'etc'), { recursive: true });
  const said = sysroot.call(['pin', 'default']);
  assert.match(
    said.stderr,
    /^warning: \/etc of os 1 .* was lost and has been made again from that of os 2/m,
  );
  assert.match(problems(sysroot), /\/etc of os 1 .* was lost/);
});

test('repair says which boot entries it wrote', (t) => {
  const sysroot = twoGoodReleases(t);
  for (const entry of sysroot.entries()) fs.rmSync(sysroot.file(`boot/loader/entries/${entry}`));
  const document = JSON.parse(sysroot.expect(['repair', '--json'])) as { repairs: string[] };
  assert.deepEqual(document.repairs, [
    'wrote boot entry rootseal-os-1.conf',
    'wrote boot entry rootseal-os-2.conf',
  ]);
});

test('bless tells of a deployment that it found bad on the way', (t) => {
  const sysroot = twoGoodReleases(t);
  sysroot.expect(['deploy', sysroot.release('3')]);
  const entries = sysroot.file('boot/loader/entries');
  fs.renameSync(join(entries, 'rootseal-os-3+3.conf'), join(entries, 'rootseal-os-3+0-3.conf'));
  assert.match(sysroot.expect(['bless', 'rollback']), /^os 3 \(\w+\) is bad$/m);
});

test('a rollback to a release that was never found good says so, and one to a good release does not', (t) => {
  const sysroot = twoGoodReleases(t);
  sysroot.expect(['deploy', sysroot.release('3')]);
  const back = sysroot.call(['rollback']);
  assert.equal(back.stderr, '');
  assert.equal(sysroot.role('rollback'), '3');
  const again = sysroot.call(['rollback']);
  assert.match(again.stderr, /^no boot of os 3 \(\w+\) was ever found good here/);
});

test('a directory that is not a sysroot is refused by what looks and by what changes, and nothing is made in it', (t) => {
  const directory = scratchDirectory(t);
  for (const args of [
    ['status'],
    ['rollback'],
    ['repair'],
    ['upgrade', '--stage'],
    ['deploy', 'main'],
    ['kargs', '--karg-append', 'x', '--stage'],
    ['finalize-staged'],
    ['bless', 'default'],
    ['etc', 'diff'],
  ]) {
    const refused = rootseal([...args, '--sysroot', directory]);
    assert.equal(refused.status, 10, `${args.join(' ')}: ${refused.stdout}${refused.stderr}`);
    assert.match(refused.stderr, /is not a sysroot: it has no composefs\/meta\.json/);
    assert.deepEqual(fs.readdirSync(directory), []);
  }
  assert.equal(rootseal(['status', '--sysroot', join(directory, 'nothing')]).status, 10);
});

test('init makes no repository that nobody named', () => {
  const refused = rootseal(['init']);
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /^error: init needs a directory: DIR, --repo DIR or \$ROOTSEAL_REPO$/m,
  );
});
