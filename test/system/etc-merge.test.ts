/** The merge of /etc on a disk: what stays, what is taken, what is told. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEtcReport } from '../../src/deploy/etc/report.js';
import { RootsealError } from '../../src/util/errors.js';
import { contents, EtcBench, type Deployed } from '../helpers/etc.js';

const ROOT = process.getuid?.() === 0 ? {} : { skip: 'needs root, to set owners and make devices' };

function write(deployed: Deployed, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(join(deployed.etc, name, '..'), { recursive: true });
    fs.writeFileSync(join(deployed.etc, name), content);
  }
}

test('the first deployment has the /etc of the image', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ hostname: 'a\n', 'ssh/config': 'x' }));
  assert.deepEqual(contents(one.etc), { hostname: 'a\n', 'ssh/': '', 'ssh/config': 'x' });
  assert.deepEqual(one.report, { kept: 0, taken: 3, conflicts: [], replaced: [] });
});

test('changes of the machine stay, everything else becomes the new image', async (t) => {
  const bench = new EtcBench(t);
  const long = 'x'.repeat(5000);
  const one = await bench.deploy(
    await bench.files({
      hostname: 'image\n',
      same: 'same',
      updated: 'old',
      long,
      removed: 'x',
      'removed.d/a': 'a',
      'dir/kept': 'x',
      'dir/gone': 'x',
      deleted: 'x',
    }),
  );
  write(one, { hostname: 'machine\n', 'mine.d/a': 'mine', long: `${long}!`, 'removed.d/b': 'b' });
  fs.rmSync(join(one.etc, 'deleted'));
  const two = await bench.deploy(
    await bench.files({
      hostname: 'image\n',
      same: 'same',
      updated: 'new',
      long,
      'dir/kept': 'x',
      'dir/fresh': 'x',
      deleted: 'x',
      'fresh.d/a': 'a',
    }),
    one,
  );
  assert.deepEqual(contents(two.etc), {
    hostname: 'machine\n',
    same: 'same',
    updated: 'new',
    long: `${long}!`,
    'mine.d/': '',
    'mine.d/a': 'mine',
    'removed.d/': '',
    'removed.d/b': 'b',
    'dir/': '',
    'dir/kept': 'x',
    'dir/fresh': 'x',
    'fresh.d/': '',
    'fresh.d/a': 'a',
  });
  const { conflicts, replaced, kept, taken } = two.report;
  assert.deepEqual([conflicts, replaced], [[], []]);
  assert.deepEqual({ kept, taken }, { kept: 7, taken: 7 });
  assert.deepEqual(readEtcReport(two.directory), two.report);
});

test('conflicts are told, and what the machine has stays', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(
    await bench.files({
      both: '1',
      equal: '1',
      deleted: '1',
      'dir/a': '1',
      'gone/a': '1',
      type: '1',
      drop: '1',
    }),
  );
  write(one, { both: '2', equal: '2', added: '1', 'dir/mine': '1', drop: '2' });
  fs.rmSync(join(one.etc, 'deleted'));
  fs.rmSync(join(one.etc, 'gone'), { recursive: true });
  fs.rmSync(join(one.etc, 'type'));
  fs.mkdirSync(join(one.etc, 'type'));
  const two = await bench.deploy(
    await bench.files({
      both: '3',
      equal: '2',
      deleted: '2',
      added: '2',
      dir: 'a file now',
      'gone/a': '1',
      'gone/b': '1',
      type: '2',
    }),
    one,
  );
  assert.deepEqual(contents(two.etc), {
    both: '2',
    equal: '2',
    added: '1',
    'dir/': '',
    'dir/mine': '1',
    drop: '2',
    'type/': '',
  });
  assert.deepEqual(
    two.report.conflicts.map(({ path, kind }) => `${path} ${kind}`),
    [
      '/etc/added both-changed',
      '/etc/both both-changed',
      '/etc/deleted deleted',
      '/etc/dir type',
      '/etc/drop both-changed',
      '/etc/gone deleted',
      '/etc/type type',
    ],
  );
  assert.match(
    two.report.conflicts[3]?.detail ?? '',
    /a directory here, and a file in the new image/,
  );
});

test('rules of the machine and of the image decide, and one file takes the place of another', async (t) => {
  const bench = new EtcBench(t);
  const first = { a: '1', b: '1', c: '1', 'd/x': '1', 'd/y': '1', e: '1', 'machine-id': '' };
  const one = await bench.deploy(await bench.files(first));
  write(one, {
    b: 'mine',
    'd/x': 'mine',
    'd/own': 'mine',
    e: 'mine',
    'machine-id': '0123456789abcdef0123456789abcdef\n',
    'rootseal/etc.d/20-site.conf':
      'keep /etc/a\nimage /etc/d\nkeep /etc/d/own\nimage /etc/machine-id\n',
    'rootseal/etc.d/readme': 'no rules',
  });
  fs.symlinkSync('/dev/null', join(one.etc, 'rootseal/etc.d/30-off.conf'));
  const two = await bench.deploy(
    await bench.files({
      ...{
        a: '2',
        b: '2',
        c: '2',
        'd/x': '2',
        'd/y': '2',
        e: '2',
        'machine-id': 'uninitialized\n',
      },
      'usr/lib/rootseal/etc.d/10-image.conf': 'image /etc/b\n',
      'usr/lib/rootseal/etc.d/20-site.conf': 'nonsense\n',
      'usr/lib/rootseal/etc.d/30-off.conf': 'image /etc/**\n',
    }),
    one,
  );
  const { a, b, c, e, 'd/x': x, 'd/y': y, 'd/own': own, 'machine-id': id } = contents(two.etc);
  assert.deepEqual(
    { a, b, c, e, x, y, own },
    { a: '1', b: '2', c: '2', e: 'mine', x: '2', y: '2', own: 'mine' },
  );
  assert.equal(id, '0123456789abcdef0123456789abcdef\n');
  assert.deepEqual(two.report.replaced, ['/etc/b', '/etc/d/x']);
  assert.deepEqual(
    two.report.conflicts.map(({ path }) => path),
    ['/etc/e'],
  );
});

test('a malformed rule stops the merge, and leaves nothing', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ a: '1' }));
  write(one, { 'rootseal/etc.d/x.conf': '\nkeep nothing\n' });
  const target = join(bench.scratch, 'target');
  fs.mkdirSync(target);
  await assert.rejects(
    bench.deployTo(target, await bench.files({ a: '2' }), { before: one }),
    (error) => {
      assert.ok(error instanceof RootsealError);
      assert.equal(error.code, 'FORMAT_INVALID');
      assert.match(error.message, /^\/etc\/rootseal\/etc\.d\/x\.conf: line 2: /);
      return true;
    },
  );
  assert.deepEqual(fs.readdirSync(target), []);
});

test('a merge can be done again, and leftovers of a killed one go', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ a: '1', b: '1' }));
  write(one, { a: 'mine' });
  const image = await bench.files({ a: '2', b: '2' });
  const two = await bench.deploy(image, one);
  const before = contents(two.etc);
  fs.mkdirSync(join(two.directory, '.new-etc-0123456789ab/x'), { recursive: true });
  fs.writeFileSync(join(two.directory, '.new-etc-conflicts.json-0123456789ab'), '{');
  write(two, { stray: 'from the first run' });
  const again = await bench.deployTo(two.directory, image, { before: one });
  assert.deepEqual(contents(again.etc), before);
  assert.deepEqual(again.report, two.report);
  assert.deepEqual(fs.readdirSync(two.directory).sort(), ['etc', 'etc-conflicts.json']);
});

test('an old /etc that is gone is an error, and not an /etc without changes', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ a: '1' }));
  fs.rmSync(one.etc, { recursive: true });
  await assert.rejects(bench.deploy(await bench.files({ a: '2' }), one), /ENOENT/);
});

test('owners, modes, attributes and access lists are changes, times are not', ROOT, async (t) => {
  const bench = new EtcBench(t);
  const names = ['mode', 'owner', 'group', 'user', 'capability', 'acl', 'dropped', 'time', 'dir/a'];
  const make = (content: string) => (root: string) => {
    for (const name of names) {
      fs.mkdirSync(join(root, 'etc/dir'), { recursive: true });
      fs.writeFileSync(join(root, 'etc', name), content);
    }
    fs.chmodSync(join(root, 'etc/dropped'), 0o755);
    execFileSync('setfattr', ['-n', 'user.x', '-v', '1', join(root, 'etc/dropped')]);
  };
  const one = await bench.deploy(await bench.image(make('1')));
  const at = (name: string) => join(one.etc, name);
  fs.chmodSync(at('mode'), 0o4600);
  fs.chownSync(at('owner'), 1000, 0);
  fs.chownSync(at('group'), 0, 1000);
  execFileSync('setfattr', ['-n', 'user.x', '-v', '1', at('user')]);
  execFileSync('setcap', ['cap_net_raw+ep', at('capability')]);
  setAcl(at('acl'));
  execFileSync('setfattr', ['-x', 'user.x', at('dropped')]);
  fs.utimesSync(at('time'), 1, 1);
  fs.chmodSync(at('dir'), 0o700);
  const two = await bench.deploy(await bench.image(make('2')), one);
  const now = contents(two.etc);
  for (const name of names)
    assert.equal(now[name], name === 'time' || name === 'dir/a' ? '2' : '1', name);
  const stat = (name: string) => fs.statSync(join(two.etc, name));
  assert.equal(stat('mode').mode & 0o7777, 0o4600);
  assert.deepEqual([stat('owner').uid, stat('group').gid], [1000, 1000]);
  assert.equal(
    stat('dir').mode & 0o777,
    0o700,
    "a directory's own mode stays, what is in it is new",
  );
  const attributes = (name: string) =>
    execFileSync('getfattr', ['-d', '-m', '-', '--absolute-names', join(two.etc, name)], {
      encoding: 'utf8',
    });
  assert.match(attributes('user'), /user\.x="1"/);
  assert.match(attributes('capability'), /security\.capability=/);
  assert.match(attributes('acl'), /system\.posix_acl_access=/);
  assert.doesNotMatch(attributes('dropped'), /user\.x/);
  assert.equal(two.report.conflicts.length, 7);
});

/** An access list with a user of its own (Linux include/uapi/linux/posix_acl_xattr.h). */
function setAcl(path: string): void {
  const none = 0xffffffff;
  const entries: [tag: number, perm: number, id: number][] = [
    [0x01, 6, none],
    [0x02, 4, 1000],
    [0x04, 4, none],
    [0x10, 4, none],
    [0x20, 0, none],
  ];
  const value = Buffer.alloc(4 + 8 * entries.length);
  value.writeUInt32LE(2, 0);
  entries.forEach(([tag, perm, id], index) => {
    value.writeUInt16LE(tag, 4 + 8 * index);
    value.writeUInt16LE(perm, 6 + 8 * index);
    value.writeUInt32LE(id, 8 + 8 * index);
  });
  execFileSync('setfattr', [
    '-n',
    'system.posix_acl_access',
    '-v',
    `0x${value.toString('hex')}`,
    path,
  ]);
}

test('devices, fifos and links are merged, a socket is left out', ROOT, async (t) => {
  const bench = new EtcBench(t);
  const base = await bench.image((root) => {
    execFileSync('mknod', [join(root, 'etc/null'), 'c', '1', '3']);
    execFileSync('mknod', [join(root, 'etc/zero'), 'c', '1', '5']);
    fs.symlinkSync('a', join(root, 'etc/link'));
    fs.symlinkSync('a', join(root, 'etc/other'));
  });
  const one = await bench.deploy(base);
  fs.rmSync(join(one.etc, 'zero'));
  execFileSync('mknod', [join(one.etc, 'zero'), 'c', '1', '7']);
  execFileSync('mkfifo', [join(one.etc, 'fifo')]);
  execFileSync('python3', [
    '-c',
    'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
    join(one.etc, 'socket'),
  ]);
  fs.rmSync(join(one.etc, 'link'));
  fs.symlinkSync('mine', join(one.etc, 'link'));
  fs.writeFileSync(join(one.etc, 'x'), 'linked');
  fs.linkSync(join(one.etc, 'x'), join(one.etc, 'y'));
  const two = await bench.deploy(
    await bench.image((root) => {
      execFileSync('mknod', [join(root, 'etc/null'), 'c', '1', '9']);
      execFileSync('mknod', [join(root, 'etc/zero'), 'c', '1', '5']);
      fs.symlinkSync('a', join(root, 'etc/link'));
      fs.symlinkSync('b', join(root, 'etc/other'));
    }),
    one,
  );
  const rdev = (name: string) => fs.lstatSync(join(two.etc, name)).rdev & 0xff;
  assert.deepEqual(fs.readdirSync(two.etc).sort(), [
    'fifo',
    'link',
    'null',
    'other',
    'x',
    'y',
    'zero',
  ]);
  assert.deepEqual([rdev('null'), rdev('zero')], [9, 7]);
  assert.ok(fs.lstatSync(join(two.etc, 'fifo')).isFIFO());
  assert.equal(fs.readlinkSync(join(two.etc, 'link')), 'mine');
  assert.equal(fs.readlinkSync(join(two.etc, 'other')), 'b');
  assert.equal(fs.statSync(join(two.etc, 'x')).ino, fs.statSync(join(two.etc, 'y')).ino);
  assert.deepEqual(two.report.conflicts, []);
});

test('a directory that became a link out of /etc leads nowhere', async (t) => {
  const bench = new EtcBench(t);
  const outside = join(bench.scratch, 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, 'secret'), 'secret');
  const one = await bench.deploy(await bench.files({ 'dir/a': '1', 'rootseal/etc.d/x.conf': '' }));
  for (const name of ['dir', 'rootseal']) {
    fs.rmSync(join(one.etc, name), { recursive: true });
    fs.symlinkSync(outside, join(one.etc, name));
  }
  fs.mkdirSync(join(outside, 'etc.d'));
  fs.writeFileSync(join(outside, 'etc.d/evil.conf'), 'image /etc/**\n');
  const two = await bench.deploy(await bench.files({ 'dir/a': '2', 'dir/b': '2' }), one);
  assert.deepEqual(contents(two.etc), { dir: `-> ${outside}`, rootseal: `-> ${outside}` });
  assert.deepEqual(fs.readdirSync(outside).sort(), ['etc.d', 'secret']);
  assert.deepEqual(
    two.report.conflicts.map(({ path, kind }) => `${path} ${kind}`),
    ['/etc/dir type', '/etc/rootseal both-changed'],
  );
});

test('an /etc that is very deep or has very many files is merged', async (t) => {
  const bench = new EtcBench(t);
  const image = await bench.image((root) => {
    for (let index = 0; index < 3000; index++)
      fs.writeFileSync(join(root, `etc/f${index}`), String(index));
  });
  const one = await bench.deploy(image);
  const deep = `${'d'.repeat(200)}/`.repeat(40);
  execFileSync(
    'sh',
    [
      '-c',
      'for i in $(seq 40); do mkdir "$1" && cd -P "$1"; done; echo deep > file',
      'sh',
      'd'.repeat(200),
    ],
    {
      cwd: one.etc,
    },
  );
  fs.writeFileSync(join(one.etc, 'f7'), 'mine');
  const two = await bench.deploy(image, one);
  assert.equal(fs.readFileSync(join(two.etc, 'f7'), 'utf8'), 'mine');
  assert.equal(fs.readdirSync(two.etc).length, 3001);
  const found = execFileSync('find', [two.etc, '-name', 'file', '-execdir', 'cat', '{}', '+'], {
    encoding: 'utf8',
  });
  assert.equal(found, 'deep\n', deep.slice(0, 10));
  // What killed runs leave is removed, however deep.
  fs.renameSync(two.etc, join(two.directory, '.new-etc-0123456789ab'));
  await bench.deployTo(two.directory, image, { before: one });
  assert.deepEqual(fs.readdirSync(two.directory).sort(), ['etc', 'etc-conflicts.json']);
});
