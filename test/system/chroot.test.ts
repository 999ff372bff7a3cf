/** Mounting in a chroot(2) into an ordinary directory, where `/` is not a mount point. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = reasonForNoMounts();

/** What programs need, from the host: names in `/`, as links where the host has links. */
const NAMES = ['usr', 'bin', 'sbin', 'lib', 'lib64', 'etc', 'dev', 'sys'];

/** A directory to chroot into, on a mount that is shared with `peer`: what is mounted at one of them shows at the other. */
function makeRoot(t: TestContext, { proc }: { readonly proc: boolean }) {
  const points: string[] = [];
  t.after(() => {
    for (const point of points) execFileSync('umount', ['--lazy', '--recursive', point]);
  });
  const scratch = scratchDirectory(t);
  const [shared, peer] = [join(scratch, 'shared'), join(scratch, 'peer')];
  for (const directory of [shared, peer]) fs.mkdirSync(directory);
  // Not in memory, where EROFS images cannot be mounted.
  execFileSync('mount', ['--bind', shared, shared]);
  points.push(shared);
  execFileSync('mount', ['--make-shared', shared]);
  execFileSync('mount', ['--bind', shared, peer]);
  points.push(peer);
  const root = join(shared, 'root');
  for (const name of ['tmp', 'proc', 'mnt']) fs.mkdirSync(join(root, name), { recursive: true });
  for (const name of NAMES) provide(root, `/${name}`);
  provide(root, CHECKOUT);
  if (!process.execPath.startsWith('/usr/')) provide(root, dirname(process.execPath));
  if (proc) execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  return { root, scratch };
}

function provide(root: string, path: string): void {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true) fs.symlinkSync(fs.readlinkSync(path), join(root, path));
  if (stat?.isDirectory() !== true) return;
  fs.mkdirSync(join(root, path), { recursive: true });
  execFileSync('mount', ['--rbind', path, join(root, path)]);
}

/** Runs node there, as the first process does that a user starts. */
function nodeIn(root: string, ...args: string[]) {
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: '/tmp' };
  // The certificates of the second one need not be there, which Node would say on standard error.
  for (const name of ['NODE_TEST_CONTEXT', 'NODE_EXTRA_CA_CERTS'])
    Reflect.deleteProperty(env, name);
  return spawnSync('chroot', [root, process.execPath, ...args], { env, encoding: 'utf8' });
}

const mountsBelow = (directory: string): string[] =>
  fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((place) => place.startsWith(`${directory}/`));

const MOUNT_AND_LOOK = `
import { enterMountNamespace } from ${JSON.stringify(join(CHECKOUT, 'dist/src/linux/namespace.js'))};
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
process.chdir('/usr/lib');
enterMountNamespace();
execFileSync('mount', ['-t', 'tmpfs', 'here', '/mnt']);
fs.writeFileSync('/mnt/file', 'x');
execFileSync('unshare', ['--mount', 'true']);
const places = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').map((line) => line.split(' ')[4]);
console.log(JSON.stringify({ places, directory: process.cwd(), names: fs.readdirSync('/mnt') }));
`;

test(
  'what is mounted in a chroot into a directory of a shared mount is seen nowhere else',
  { skip },
  (t) => {
    const { root, scratch } = makeRoot(t, { proc: true });
    const script = join(root, 'tmp/script.mjs');
    fs.writeFileSync(script, MOUNT_AND_LOOK);
    const before = mountsBelow(scratch);
    const { status, stdout, stderr } = nodeIn(root, '/tmp/script.mjs');
    assert.equal(status, 0, stderr);
    const found = JSON.parse(stdout) as { places: string[]; directory: string; names: string[] };
    assert.ok(found.places.includes('/'), 'the root directory is a mount point now');
    assert.ok(found.places.includes('/mnt'));
    assert.ok(found.places.includes('/proc'));
    assert.deepEqual([found.directory, found.names], ['/usr/lib', ['file']]);
    assert.deepEqual(mountsBelow(scratch), before);
    assert.deepEqual(fs.readdirSync(join(root, 'mnt')), []);
  },
);

test('tests that mount are not skipped in a chroot into a directory', { skip }, (t) => {
  const { root, scratch } = makeRoot(t, { proc: true });
  const before = mountsBelow(scratch);
  const files = ['system/read-only', 'system/usr-overlay'];
  const paths = files.map((name) => join(CHECKOUT, `dist/test/${name}.test.js`));
  const { status, stdout } = nodeIn(root, '--test', '--test-reporter=tap', ...paths);
  assert.equal(status, 0, stdout);
  assert.doesNotMatch(stdout, /# SKIP/);
  assert.deepEqual(mountsBelow(scratch), before);
});

test('a chroot without any mount point is refused with what to do', { skip }, (t) => {
  const { root } = makeRoot(t, { proc: false });
  fs.writeFileSync(join(root, 'tmp/script.mjs'), MOUNT_AND_LOOK);
  const { status, stderr } = nodeIn(root, '/tmp/script.mjs');
  assert.equal(status, 1);
  assert.match(stderr, /neither \/ nor \/proc is a mount point/);
});
