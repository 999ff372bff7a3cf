/** Mounted commits and image files, as the program mounts them, in a mount namespace of their own. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { unmount } from '../../src/linux/mount-api.js';
import { enterMountNamespace } from '../../src/linux/namespace.js';
import { readXattrsAt, setXattrAt } from '../../src/linux/xattr.js';
import { ascii, fromText } from '../../src/util/bytes.js';
import { describeError } from '../../src/util/errors.js';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { requireDocument } from '../helpers/schema.js';

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  try {
    enterMountNamespace();
  } catch (error) {
    return describeError(error);
  }
  const known = fs.readFileSync('/proc/filesystems', 'utf8');
  const lacking = ['erofs', 'overlay'].filter(
    (type) => !new RegExp(`\\b${type}$`, 'm').test(known),
  );
  return lacking.length > 0 && `this kernel has no ${lacking.join(' and no ')}`;
}

const skipAcl = spawnSync('setfacl', ['--version']).error !== undefined && 'needs setfacl (acl)';

interface Setup {
  readonly scratch: string;
  readonly tree: string;
  /** Where to mount. */
  readonly target: string;
  /** Whether the repository's file system has fs-verity. */
  readonly verity: boolean;
  readonly call: (...args: string[]) => CallResult;
}

const LARGE = 'x'.repeat(10_000);

/** A repository with a commit on branch `main`. */
function makeRepository(t: TestContext, fill?: (tree: string) => void): Setup {
  // Hooks run in the order in which they are made: the scratch directory is removed after this.
  t.after(() => {
    if (fs.readFileSync('/proc/mounts', 'utf8').includes(` ${target} `))
      unmount(fromText(target), { detach: true });
  });
  const scratch = fs.realpathSync(scratchDirectory(t));
  const tree = join(scratch, 'tree');
  const target = join(scratch, 'mnt');
  const repository = join(scratch, 'repo');
  fs.mkdirSync(join(tree, 'sub'), { recursive: true });
  fs.mkdirSync(target);
  fs.writeFileSync(join(tree, 'large'), LARGE);
  fs.writeFileSync(join(tree, 'sub/small'), 'small', { mode: 0o640 });
  fs.writeFileSync(join(tree, 'empty'), '');
  fs.linkSync(join(tree, 'large'), join(tree, 'sub/again'));
  fs.symlinkSync('sub/small', join(tree, 'link'));
  fill?.(tree);
  const call = (...args: string[]) => rootseal(args, { env: { ROOTSEAL_REPO: repository } });
  const made = succeed(call('init', '--json'));
  const { verity } = JSON.parse(made.stdout) as { verity: boolean };
  succeed(call('commit', tree, '--branch', 'main'));
  return { scratch, tree, target, verity, call };
}

function succeed(result: CallResult): CallResult {
  assert.equal(result.status, 0, result.stderr);
  return result;
}

/** The only object that is not an image. */
function objectOf({ scratch, call }: Setup): string {
  const show = JSON.parse(succeed(call('show', 'main', '--json')).stdout) as {
    image: string;
  };
  const digest = show.image.replace(/^.*:/, '');
  const image = join(scratch, 'repo/objects', digest.slice(0, 2), digest.slice(2));
  const [object = '', ...others] = succeed(call('image', 'objects', image))
    .stdout.trim()
    .split('\n');
  assert.deepEqual(others, []);
  return join(scratch, 'repo/objects', object);
}

test('a mounted commit is the tree that was committed, and cannot be changed', { skip }, (t) => {
  const setup = makeRepository(t);
  const { tree, target, call } = setup;
  const { stderr } = succeed(call('image', 'mount', 'main', target));
  assert.equal(stderr.includes('the kernel does not check contents'), !setup.verity, stderr);
  for (const name of ['large', 'sub/small', 'empty', 'sub/again', 'link']) {
    const [there, here] = [fs.lstatSync(join(target, name)), fs.lstatSync(join(tree, name))];
    assert.deepEqual([there.mode, there.uid, there.gid], [here.mode, here.uid, here.gid], name);
    assert.equal(Math.floor(there.mtimeMs / 1000), Math.floor(here.mtimeMs / 1000), name);
    assert.equal(there.nlink, here.nlink, name);
    assert.deepEqual(fs.readFileSync(join(target, name)), fs.readFileSync(join(tree, name)), name);
  }
  assert.equal(fs.readlinkSync(join(target, 'link')), 'sub/small');
  assert.deepEqual(fs.readdirSync(target).sort(), fs.readdirSync(tree).sort());
  assert.equal(fs.statSync(join(target, 'large')).ino, fs.statSync(join(target, 'sub/again')).ino);
  assert.throws(() => {
    fs.writeFileSync(join(target, 'new'), '');
  }, /EROFS/);
  succeed(call('image', 'umount', target));
  assert.deepEqual(fs.readdirSync(target), []);
  const again = call('image', 'umount', target);
  assert.deepEqual(
    [again.status, again.stderr],
    [2, `error: ${target}: no image is mounted there\n`],
  );
});

test(
  'attributes are what they were, and a whiteout is an empty file with its mark',
  { skip },
  (t) => {
    const { target, call } = makeRepository(t, (tree) => {
      execFileSync('mknod', [join(tree, 'sub/whiteout'), 'c', '0', '0']);
      execFileSync('mknod', [join(tree, 'sub/device'), 'c', '1', '7']);
      for (const [name, value] of [
        ['user.note', 'a note'],
        ['trusted.overlay.origin', 'escaped'],
      ] as const)
        setXattrAt(AT_FDCWD, fromText(join(tree, 'large')), ascii(name), ascii(value));
    });
    succeed(call('image', 'mount', 'main', target));
    const xattrsOf = (name: string) =>
      [...readXattrsAt(AT_FDCWD, fromText(join(target, name)))].sort();
    assert.deepEqual(xattrsOf('large'), [
      ['trusted.overlay.origin', 'escaped'],
      ['user.note', 'a note'],
    ]);
    const whiteout = fs.lstatSync(join(target, 'sub/whiteout'));
    assert.deepEqual([whiteout.isFile(), whiteout.size], [true, 0]);
    assert.deepEqual(xattrsOf('sub/whiteout'), [
      ['trusted.overlay.whiteout', ''],
      ['user.overlay.whiteout', ''],
    ]);
    assert.ok(fs.lstatSync(join(target, 'sub/device')).isCharacterDevice());
  },
);

test(
  'without fs-verity the kernel shows a changed object, and only rootseal notices',
  { skip },
  (t) => {
    const setup = makeRepository(t);
    const { target, call, verity } = setup;
    const object = objectOf(setup);
    const flip = () => {
      fs.writeFileSync(object, `y${LARGE.slice(1)}`);
    };
    if (verity) {
      assert.throws(flip, /EPERM/);
      return;
    }
    flip();
    succeed(call('image', 'mount', 'main', target));
    assert.equal(fs.readFileSync(join(target, 'large'), 'utf8'), `y${LARGE.slice(1)}`);
    const read = call('cat', 'main', '/large');
    assert.equal(read.status, 17, read.stderr);
    assert.match(read.stderr, /is damaged/);
  },
);

test('a file whose object is missing cannot be opened, and the others can', { skip }, (t) => {
  const setup = makeRepository(t);
  fs.rmSync(objectOf(setup));
  succeed(setup.call('image', 'mount', 'main', setup.target));
  assert.throws(() => fs.readFileSync(join(setup.target, 'large')), /ENOENT/);
  assert.equal(fs.readFileSync(join(setup.target, 'sub/small'), 'utf8'), 'small');
});

test('a damaged image is not mounted', { skip }, (t) => {
  const { scratch, target, call } = makeRepository(t);
  const [digest = ''] = fs
    .readdirSync(join(scratch, 'repo/images'))
    .filter((name) => name !== 'refs');
  const image = fs.realpathSync(join(scratch, 'repo/images', digest));
  const bytes = fs.readFileSync(image);
  fs.rmSync(image);
  bytes[5000]! ^= 1;
  fs.writeFileSync(image, bytes);
  const mounted = call('image', 'mount', 'main', target);
  assert.equal(mounted.status, 17, mounted.stderr);
  assert.deepEqual(fs.readdirSync(target), []);
});

test('with --upper and --work what is changed goes to the upper directory', { skip }, (t) => {
  const setup = makeRepository(t);
  const { scratch, target, call } = setup;
  const [upper, work] = [join(scratch, 'upper'), join(scratch, 'work')];
  fs.mkdirSync(upper);
  fs.mkdirSync(work);
  assert.equal(call('image', 'mount', 'main', target, '--upper', upper).status, 2);
  succeed(call('image', 'mount', 'main', target, '--upper', upper, '--work', work));
  fs.appendFileSync(join(target, 'large'), ', changed');
  fs.rmSync(join(target, 'sub/small'));
  assert.equal(fs.readFileSync(join(upper, 'large'), 'utf8'), `${LARGE}, changed`);
  assert.equal(fs.readFileSync(objectOf(setup), 'utf8'), LARGE);
  succeed(call('image', 'umount', target));
  assert.equal(succeed(call('fsck')).status, 0);
});

test('an image file is mounted with the objects of any directory', { skip }, (t) => {
  const { scratch, tree, target, call } = makeRepository(t);
  const [image, store] = [join(scratch, 'image'), join(scratch, 'store')];
  succeed(call('image', 'create', tree, image, '--digest-store', store));
  const mounted = succeed(call('image', 'mount', image, target, '--objects', store, '--json'));
  requireDocument('mount', mounted.stdout);
  assert.equal((JSON.parse(mounted.stdout) as { verity: boolean }).verity, false);
  assert.equal(fs.readFileSync(join(target, 'sub/again'), 'utf8'), LARGE);
  requireDocument('directory', succeed(call('image', 'umount', target, '--json')).stdout);
  succeed(call('image', 'mount', `image:${image}`, target));
  assert.equal(fs.readFileSync(join(target, 'large'), 'utf8'), LARGE);
});

test(
  '--verity on is refused where the kernel or the file system has no fs-verity',
  { skip },
  (t) => {
    const { target, call, verity } = makeRepository(t);
    const mounted = call('image', 'mount', 'main', target, '--verity', 'on');
    assert.equal(mounted.status, verity ? 0 : 14, mounted.stderr);
    if (!verity) assert.match(mounted.stderr, /no fs-verity on \S+ with this kernel/);
  },
);

test('access control lists of an image are in force', { skip: skip || skipAcl }, (t) => {
  const withAcl = makeRepository(t, (tree) => {
    execFileSync('setfacl', ['-m', 'u:12345:r', join(tree, 'large')]);
  });
  succeed(withAcl.call('image', 'mount', 'main', withAcl.target));
  const acl = execFileSync('getfacl', ['-cnp', join(withAcl.target, 'large')], {
    encoding: 'utf8',
  });
  assert.match(acl, /^user:12345:r--$/m);
});

test('what cannot be mounted is told apart', { skip }, (t) => {
  const { scratch, tree, target, call } = makeRepository(t);
  assert.equal(call('image', 'mount', 'nothing', target).status, 10);
  assert.equal(call('image', 'mount', join(tree, 'large'), target).status, 17);
  assert.equal(call('image', 'mount', 'main', join(scratch, 'nowhere')).status, 10);
  assert.equal(call('image', 'umount', scratch).status, 2);
});
