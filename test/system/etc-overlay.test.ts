/** /etc as an overlay: changes that the kernel's overlayfs recorded are merged, and what is merged is seen through it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { etcOf } from '../../src/deploy/etc/merge.js';
import type { Tree } from '../../src/formats/tree/model.js';
import { checkoutTree } from '../../src/repo/checkout.js';
import { ascii, fromText } from '../../src/util/bytes.js';
import { noProgress } from '../../src/util/progress.js';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { setXattrAt } from '../../src/linux/xattr.js';
import { contents, EtcBench, type Deployed } from '../helpers/etc.js';
import { reasonForNoMounts } from '../helpers/mounts.js';

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  const reason = reasonForNoMounts();
  if (reason !== false) return reason;
  const known = fs.readFileSync('/proc/filesystems', 'utf8');
  return !/\boverlay$/m.test(known) && 'this kernel has no overlay';
}

/** Where things are mounted until the test ends. Hooks run in the order in which they are made, so this comes first. */
function mountPoints(t: TestContext): string[] {
  const points: string[] = [];
  t.after(() => {
    for (const point of points) execFileSync('umount', ['--lazy', point]);
  });
  return points;
}

/** Mounts a deployment's /etc as the boot program does, over that of its image; says where. */
async function mountEtc(mounts: string[], bench: EtcBench, one: Deployed): Promise<string> {
  const scratch = fs.mkdtempSync(join(bench.scratch, 'mount-'));
  const [lower, target] = [join(scratch, 'lower'), join(scratch, 'etc')];
  await checkoutTree(bench.repository, etcOf(one.image), lower, {
    privileged: true,
    progress: noProgress,
  });
  fs.mkdirSync(target);
  const state = join(one.directory, 'etc');
  const options = `lowerdir=${lower},upperdir=${state}/upper,workdir=${state}/work,metacopy=off,redirect_dir=nofollow`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'etc', target]);
  mounts.push(target);
  return target;
}

const FIRST = {
  edited: '1',
  updated: '1',
  removed: '1',
  touched: '1',
  'dir/a': '1',
  'dir/b': '1',
  'again/a': '1',
  'again/b': '1',
  'file-now/a': '1',
  'deep/er/a': '1',
};
const SECOND = {
  edited: '2',
  updated: '2',
  removed: '1',
  touched: '2',
  'dir/a': '2',
  'dir/b': '2',
  'dir/new': '2',
  'again/a': '1',
  'again/b': '1',
  'file-now/a': '1',
  'deep/er/a': '1',
};

/** What an administrator does. */
function change(etc: string): void {
  fs.writeFileSync(join(etc, 'edited'), 'mine');
  fs.rmSync(join(etc, 'removed'));
  fs.writeFileSync(join(etc, 'own'), 'mine');
  fs.writeFileSync(join(etc, 'touched'), '1');
  fs.rmSync(join(etc, 'dir/b'));
  fs.rmSync(join(etc, 'again'), { recursive: true });
  fs.mkdirSync(join(etc, 'again'));
  fs.writeFileSync(join(etc, 'again/own'), 'mine');
  fs.rmSync(join(etc, 'file-now'), { recursive: true });
  fs.writeFileSync(join(etc, 'file-now'), 'mine');
  fs.chmodSync(join(etc, 'deep/er'), 0o700);
  fs.symlinkSync('own', join(etc, 'link'));
}

const EXPECTED = {
  'again/': '',
  'again/own': 'mine',
  'deep/': '',
  'deep/er/': '',
  'deep/er/a': '1',
  'dir/': '',
  'dir/a': '2',
  'dir/new': '2',
  edited: 'mine',
  'file-now': 'mine',
  link: '-> own',
  own: 'mine',
  touched: '2',
  updated: '2',
};

test(
  'changes in an overlay are merged like those in a directory, to an overlay and to a directory',
  { skip },
  async (t) => {
    const mounts = mountPoints(t);
    const bench = new EtcBench(t);
    const [first, second] = [await bench.files(FIRST), await bench.files(SECOND)];
    const one = await bench.deploy(first, undefined, 'overlay');
    assert.deepEqual(contents(one.etc), {});
    const etc = await mountEtc(mounts, bench, one);
    change(etc);
    // The overlay is still mounted, as it is at shutdown.
    const overlay = await bench.deploy(second, one, 'overlay');
    const seen = await mountEtc(mounts, bench, overlay);
    assert.deepEqual(contents(seen), EXPECTED);
    assert.equal(fs.statSync(join(seen, 'deep/er')).mode & 0o777, 0o700);
    assert.deepEqual(fs.readdirSync(join(overlay.directory, 'etc')).sort(), ['upper', 'work']);
    assert.ok(!fs.existsSync(join(overlay.etc, 'touched')), 'what was not changed is not in it');
    const directory = await bench.deploy(second, one, 'bind');
    assert.deepEqual(contents(directory.etc), EXPECTED);
    assert.deepEqual(directory.report, overlay.report);
    assert.deepEqual(
      directory.report.conflicts.map(({ path, kind }) => `${path} ${kind}`),
      ['/etc/dir/b deleted', '/etc/edited both-changed'],
    );
    // What was merged can be changed and merged again.
    fs.rmSync(join(seen, 'dir/new'));
    fs.writeFileSync(join(seen, 'removed'), 'back');
    const third = await bench.deploy(first, overlay, 'overlay');
    const {
      removed,
      updated,
      'dir/new': gone,
      own,
    } = contents(await mountEtc(mounts, bench, third));
    assert.deepEqual([removed, updated, gone, own], ['back', '1', undefined, 'mine']);
  },
);

test('a directory becomes an overlay that holds only what was changed', { skip }, async (t) => {
  const mounts = mountPoints(t);
  const bench = new EtcBench(t);
  const one = await bench.deploy(await bench.files(FIRST));
  change(one.etc);
  const two = await bench.deploy(await bench.files(SECOND), one, 'overlay');
  assert.deepEqual(contents(await mountEtc(mounts, bench, two)), EXPECTED);
  assert.deepEqual(Object.keys(contents(two.etc)), [
    'again/',
    'again/a',
    'again/b',
    'again/own',
    'deep/',
    'deep/er/',
    'dir/',
    'dir/b',
    'edited',
    'file-now',
    'link',
    'own',
    'removed',
  ]);
});

test('an upper directory that other mount options made is refused', { skip }, async (t) => {
  const bench = new EtcBench(t);
  const image: Tree = await bench.files(FIRST);
  const one = await bench.deploy(image, undefined, 'overlay');
  fs.mkdirSync(join(one.etc, 'moved'));
  const path = fromText(join(one.etc, 'moved'));
  setXattrAt(AT_FDCWD, path, ascii('trusted.overlay.redirect'), ascii('dir'));
  await assert.rejects(
    bench.deploy(image, one, 'overlay'),
    /\/etc\/moved: .*trusted\.overlay\.redirect/,
  );
});

test('nothing is merged from or to an /etc that is not kept', async (t) => {
  const bench = new EtcBench(t);
  const image = await bench.files({ a: '1' });
  const one = await bench.deploy(image, undefined, 'transient');
  assert.deepEqual(contents(join(one.directory, 'etc')), {});
  const two = await bench.deploy(await bench.files({ a: '2' }), one, 'bind');
  assert.deepEqual(contents(two.etc), { a: '2' });
  const three = await bench.deploy(image, two, 'none');
  assert.deepEqual(contents(join(three.directory, 'etc')), {});
});
