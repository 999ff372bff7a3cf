/** Files that ask for kernel arguments, and deployments that follow. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TestSysroot } from '../helpers/sysroot.js';

const SITE = 'etc/rootseal/kargs.d/50-site.toml';

/** One deployment that is good. */
function deployed(t: TestContext, files: Readonly<Record<string, string>> = {}): TestSysroot {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1', { files })]);
  sysroot.expect(['bless', 'default']);
  return sysroot;
}

/** Arguments of the default deployment, but not rootseal's own, as `value from`. */
function asked(sysroot: TestSysroot): string[] {
  const { deployments } = sysroot.status();
  const found = deployments.find(({ roles }) => roles.includes('default'));
  return (found?.arguments ?? [])
    .filter(({ from }) => from !== 'rootseal')
    .map(({ value, from }) => `${value} ${from}`);
}

function write(file: string, text: string): void {
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

test('a file of the machine is asked at the next deployment, and stands in the boot entry', (t) => {
  const sysroot = deployed(t);
  write(sysroot.state('default', SITE), 'kargs = [\'dyndbg="file a.c +p"\', "debug"]\n');
  assert.deepEqual(asked(sysroot), []);
  sysroot.expect(['deploy', sysroot.release('2')]);
  assert.deepEqual(asked(sysroot), [
    `dyndbg="file a.c +p" machine:/${SITE}`,
    `debug machine:/${SITE}`,
  ]);
  const [, entry = ''] = sysroot.entries();
  const text = fs.readFileSync(sysroot.file(`boot/loader/entries/${entry}`), 'utf8');
  assert.match(text, /^options composefs\.digest=\S+ dyndbg="file a\.c \+p" debug$/m);
});

test('files are asked in the order of their names, ours before bootc’s', (t) => {
  const sysroot = deployed(t, {
    'usr/lib/bootc/kargs.d/00.toml': 'kargs = ["e"]\n',
    'usr/lib/rootseal/kargs.d/.hidden.toml': 'kargs = ["x"]\n',
    'usr/lib/rootseal/kargs.d/10.toml': 'kargs = ["c"]\n',
    'usr/lib/rootseal/kargs.d/10.toml.bak': 'nonsense\n',
    'usr/lib/rootseal/kargs.d/2.toml': 'kargs = ["d", "a"]\ndelete = ["nobody-asked"]\n',
    'usr/lib/rootseal/kargs.d/Z.toml': 'kargs = ["b"]\ndelete = ["a"]\n',
    'usr/lib/rootseal/kargs.d/directory.toml/x': '',
  });
  assert.deepEqual(
    asked(sysroot).map((line) => line.split(' ')[0]),
    ['c', 'd', 'b', 'e'],
  );
});

test('what is deleted by hand is asked for again by files, but not what was added by hand', (t) => {
  const sysroot = deployed(t, { 'usr/lib/rootseal/kargs.d/a.toml': 'kargs = ["quiet"]\n' });
  sysroot.expect(['kargs', '--karg-append', 'one', '--karg-append', 'two', '--now']);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['kargs', '--karg-delete', 'one', '--karg-delete', 'quiet', '--now']);
  assert.deepEqual(asked(sysroot), ['two verb']);
  sysroot.expect(['bless', 'default']);
  const files = { 'usr/lib/rootseal/kargs.d/a.toml': 'kargs = ["quiet"]\n' };
  sysroot.expect(['deploy', sysroot.release('2', { files })]);
  assert.deepEqual(asked(sysroot), ['quiet image:/usr/lib/rootseal/kargs.d/a.toml', 'two verb']);
});

test('a misspelt file names itself, and nothing is deployed', (t) => {
  const sysroot = deployed(t);
  write(sysroot.state('default', SITE), 'karg = ["debug"]\n');
  const second = sysroot.release('2');
  const { status, stderr } = sysroot.call(['deploy', second]);
  assert.equal(status, 17);
  assert.match(
    stderr,
    /machine:\/etc\/rootseal\/kargs\.d\/50-site\.toml: kargs\.d: karg: the keys/,
  );
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf']);
  assert.deepEqual(sysroot.status().problems, []);
  fs.rmSync(sysroot.state('default', SITE));
  sysroot.expect(['deploy', second]);
});

test('an image that asks for another root or image, or for two words as one, is not deployed', (t) => {
  const sysroot = deployed(t);
  for (const argument of ['root=/dev/sda', 'composefs.digest=v1-sha256-12:00', 'a b']) {
    const files = { 'usr/lib/bootc/kargs.d/a.toml': `kargs = ["${argument}"]\n` };
    const { status, stderr } = sysroot.call(['deploy', sysroot.release('2', { files })]);
    assert.equal(status, 17);
    assert.ok(stderr.includes(`image:/usr/lib/bootc/kargs.d/a.toml: kargs.d: "${argument}": `));
  }
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf']);
});

test('with /etc as an overlay, the machine’s files are in its upper directory', (t) => {
  const policy = {
    'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n[etc]\nmount=overlay\n',
  };
  const sysroot = deployed(t, policy);
  write(sysroot.state('default', SITE.replace('etc/', 'etc/upper/')), 'kargs = ["debug"]\n');
  fs.mkdirSync(sysroot.state('default', 'etc/work'), { recursive: true });
  sysroot.expect(['deploy', sysroot.release('2', { files: policy })]);
  assert.deepEqual(asked(sysroot), [`debug machine:/${SITE}`]);
});
