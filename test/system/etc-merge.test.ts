/** The merge of /etc on a disk: what stays, what is taken, what is told. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeAttribute } from '../helpers/remove-attribute.js';
import { mergeEtc } from '../../src/deploy/etc/merge.js';
import { readEtcReport } from '../../src/deploy/etc/etc-report.js';
import { fillVar } from '../../src/deploy/etc/var.js';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { readXattrsAt, setXattrAt } from '../../src/linux/xattr.js';
import { ascii, fromBytes, fromText } from '../../src/util/bytes.js';
import { RootsealError } from '../../src/util/errors.js';
import { contents, EtcBench, type Deployed } from '../helpers/etc.js';

const ROOT = process.getuid?.() === 0 ? {} : { skip: 'needs root, to set owners and make devices' };

/** `cap_net_raw=ep` (Linux include/uapi/linux/capability.h, struct vfs_cap_data, revision 2). */
const CAP_NET_RAW = fromBytes(Buffer.from(`0100000200200000${'00'.repeat(12)}`, 'hex'));
/** `u::rw-,u:1000:r--,g::r--,m::r--,o::---` (Linux include/uapi/linux/posix_acl_xattr.h). */
const ACL = fromBytes(
  Buffer.from(
    '02000000' + '01000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff',
    'hex',
  ),
);

function setAttribute(path: string, key: string, value: string): void {
  setXattrAt(AT_FDCWD, fromText(path), ascii(key), ascii(value));
}

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
  await assert.rejects(bench.deploy(await bench.files({ a: '2' }), one), /\/etc is missing/);
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
    setAttribute(join(root, 'etc/dropped'), 'user.x', '1');
  };
  const one = await bench.deploy(await bench.image(make('1')));
  const at = (name: string) => join(one.etc, name);
  fs.chmodSync(at('mode'), 0o4600);
  fs.chownSync(at('owner'), 1000, 0);
  fs.chownSync(at('group'), 0, 1000);
  setAttribute(at('user'), 'user.x', '1');
  setAttribute(at('capability'), 'security.capability', CAP_NET_RAW);
  setAttribute(at('acl'), 'system.posix_acl_access', ACL);
  removeAttribute(at('dropped'), 'user.x');
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
  const attribute = (name: string, key: string) =>
    readXattrsAt(AT_FDCWD, fromText(join(two.etc, name))).get(ascii(key));
  assert.equal(attribute('user', 'user.x'), '1');
  assert.equal(attribute('capability', 'security.capability'), CAP_NET_RAW);
  assert.equal(attribute('acl', 'system.posix_acl_access'), ACL);
  assert.equal(attribute('dropped', 'user.x'), undefined);
  assert.equal(two.report.conflicts.length, 7);
});

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
  const server = net.createServer().listen(join(one.etc, 'socket'));
  await once(server, 'listening');
  t.after(() => server.close());
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

test('large files with holes come over whole, and keep their holes', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ a: '1' }));
  const file = fs.openSync(join(one.etc, 'large'), 'w');
  fs.writeSync(file, 'begin', 0);
  fs.writeSync(file, 'end', 300 * 2 ** 20);
  fs.closeSync(file);
  const two = await bench.deploy(await bench.files({ a: '2' }), one);
  const stat = fs.statSync(join(two.etc, 'large'));
  assert.equal(stat.size, 300 * 2 ** 20 + 3);
  assert.ok(stat.blocks * 512 < 2 ** 20, `${stat.blocks} blocks`);
  const copy = fs.openSync(join(two.etc, 'large'), 'r');
  const bytes = Buffer.alloc(5);
  fs.readSync(copy, bytes, 0, 5, 0);
  assert.equal(bytes.toString(), 'begin');
  fs.readSync(copy, bytes, 0, 3, 300 * 2 ** 20);
  assert.equal(bytes.toString('utf8', 0, 3), 'end');
  fs.closeSync(copy);
});

test('something that writes to /etc without end stops the merge, and nothing is left', async (t) => {
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files({ a: '1' }));
  const paths = Array.from({ length: 200 }, (_, index) => join(one.etc, `busy${index}`));
  for (const path of paths) fs.writeFileSync(path, 'x'.repeat(100));
  const image = await bench.files({ a: '2' });
  const target = join(bench.scratch, 'target');
  fs.mkdirSync(target);
  const merge = (writes: number) => {
    let left = writes;
    return mergeEtc({
      ...{
        repository: bench.repository,
        base: one.image,
        mine: { root: one.etc, path: '.' },
        oldMode: 'bind',
      },
      ...{ theirs: image, mode: 'bind', target },
      progress: ({ task, done, total }) => {
        // While others are still to be copied.
        if (task === 'checkout' && done !== total && left-- > 0)
          for (const path of paths) fs.appendFileSync(path, 'y');
      },
    });
  };
  await assert.rejects(merge(Infinity), (error) => {
    assert.ok(error instanceof RootsealError);
    assert.equal(error.code, 'TREE_CHANGED');
    assert.match(error.message, /does not stand still/);
    return true;
  });
  assert.equal(fs.existsSync(join(target, 'etc')), false);
  await merge(2);
  const content = fs.readFileSync(join(target, 'etc/busy199'), 'utf8');
  assert.equal(content, fs.readFileSync(join(one.etc, 'busy199'), 'utf8'));
  assert.deepEqual(fs.readdirSync(target).sort(), ['etc', 'etc-conflicts.json']);
});

test('/var is filled once from the image, and belongs to the machine then', async (t) => {
  const bench = new EtcBench(t);
  const make = (version: string) =>
    bench.image((root) => {
      fs.mkdirSync(join(root, 'var/lib'), { recursive: true });
      fs.writeFileSync(join(root, 'var/lib/version'), version);
    });
  const directory = join(bench.scratch, 'state/os/name/var');
  const fill = async (version: string) =>
    fillVar({
      ...{ repository: bench.repository, tree: await make(version) },
      ...{ directory, progress: () => undefined },
    });
  await fill('1');
  assert.deepEqual(contents(directory), { 'lib/': '', 'lib/version': '1' });
  fs.writeFileSync(join(directory, 'mine'), 'mine');
  await fill('2');
  assert.deepEqual(contents(directory), { 'lib/': '', 'lib/version': '1', mine: 'mine' });
});
