import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeTar } from '../../src/formats/tar/write-archive.js';
import { parseDump } from '../../src/formats/dumpfile/parse-dump.js';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

// This file runs from dist/test/cli.
const ASSETS = fileURLToPath(new URL('../../../test/golden/assets/', import.meta.url));

function expectedDigest(asset: string, version: string): string {
  const lines = fs.readFileSync(join(ASSETS, `${asset}.txt`), 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${version} `))?.split(' ')[1] ?? 'none';
}

function output({ status, stdout, stderr }: CallResult): string {
  assert.equal(status, 0, stderr);
  return stdout.trimEnd();
}

/** A tree with an object, an inline file, a hard link and a time that is not a whole second. */
function makeTree(t: TestContext): { scratch: string; tree: string } {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'sub'), { recursive: true });
  fs.writeFileSync(join(tree, 'large'), 'x'.repeat(100_000));
  fs.writeFileSync(join(tree, 'sub/small'), 'small');
  fs.linkSync(join(tree, 'large'), join(tree, 'sub/again'));
  fs.symlinkSync('large', join(tree, 'link'));
  fs.utimesSync(join(tree, 'sub/small'), 1000.25, 1000.25);
  return { scratch, tree };
}

test('the image of a dump has the digest of the reference, for each format version', (t) => {
  const image = join(scratchDirectory(t), 'image');
  for (const asset of ['whiteouts', 'hard-links', 'owners-and-times']) {
    for (const version of ['0', '1', 'auto']) {
      const dump = join(ASSETS, `${asset}.dump`);
      const create = ['image', 'create', '--from-dump', dump, image, '--print-digest'];
      const printed = output(rootseal([...create, '--format-version', version]));
      assert.equal(printed, expectedDigest(asset, version), `${asset} ${version}`);
    }
  }
});

test('the default format version is 1, and the digest says so unless it is asked for bare', () => {
  const source = `dump:${join(ASSETS, 'hard-links.dump')}`;
  const digest = expectedDigest('hard-links', '1');
  assert.equal(output(rootseal(['image', 'digest', source])), `v1-sha256-12:${digest}`);
  assert.equal(output(rootseal(['image', 'digest', source, '--print-digest'])), digest);
  const document = output(rootseal(['image', 'digest', source, '--json']));
  assert.deepEqual(JSON.parse(document), {
    version: 1,
    digest: `v1-sha256-12:${digest}`,
    notKept: [],
  });
});

test('the digest of an image file is its own, whatever version it has', (t) => {
  const image = join(scratchDirectory(t), 'image');
  const dump = join(ASSETS, 'owners-and-times.dump');
  output(rootseal(['image', 'create', `dump:${dump}`, image, '--format-version', '0']));
  const digest = `v0-sha256-12:${expectedDigest('owners-and-times', '0')}`;
  assert.equal(output(rootseal(['image', 'digest', image])), digest);
  const again = ['image', 'digest', `image:${image}`, '--format-version'];
  assert.equal(output(rootseal([...again, 'auto'])), digest);
  assert.match(
    output(rootseal(['image', 'digest', image, '--algorithm', 'sha512'])),
    /:[0-9a-f]{128}$/,
  );
});

test('a dump comes from standard input and an image goes to standard output', () => {
  const input = fs.readFileSync(join(ASSETS, 'hard-links.dump'));
  const made = rootseal(['image', 'create', '--from-dump', '-', '-'], { input });
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stderr, new RegExp(`^v1-sha256-12:${expectedDigest('hard-links', '1')}\n$`));
  const dumped = rootseal(['image', 'dump', '-'], { input: made.bytes });
  const tree = parseDump(dumped.bytes, { algorithm: 'sha256' });
  assert.equal(
    tree.root.children.size,
    parseDump(input, { algorithm: 'sha256' }).root.children.size,
  );
});

test('a damaged dump ends with status 17 and its place, and leaves no file', (t) => {
  const scratch = scratchDirectory(t);
  const image = join(scratch, 'image');
  const dump = join(ASSETS, 'should-fail-uid-negative.dump');
  const { status, stdout, stderr } = rootseal(['image', 'create', '--from-dump', dump, image]);
  assert.deepEqual([status, stdout], [17, '']);
  assert.match(stderr, /^error: \S+: composefs dump: line 2, column \d+, UID: /);
  assert.deepEqual(fs.readdirSync(scratch), []);
  fs.writeFileSync(image, 'as it was');
  assert.equal(rootseal(['image', 'create', '--from-dump', dump, image]).status, 17);
  assert.equal(fs.readFileSync(image, 'utf8'), 'as it was');
});

test('an image replaces the file that a symbolic link leads to, and not the link', (t) => {
  const { scratch, tree } = makeTree(t);
  fs.symlinkSync('real', join(scratch, 'image'));
  fs.writeFileSync(join(scratch, 'real'), '');
  output(rootseal(['image', 'create', tree, join(scratch, 'image')]));
  assert.equal(fs.readlinkSync(join(scratch, 'image')), 'real');
  assert.ok(fs.statSync(join(scratch, 'real')).size > 4096);
});

test('a directory and an archive of it have the same image', async (t) => {
  const { scratch, tree } = makeTree(t);
  const image = join(scratch, 'image');
  output(rootseal(['image', 'create', tree, image]));
  const dump = rootseal(['image', 'dump', image]).bytes;
  const described = parseDump(dump, { algorithm: 'sha256' });
  const archive = join(scratch, 'tree.tar');
  const content = Buffer.from('x'.repeat(100_000));
  await fs.promises.writeFile(
    archive,
    writeTar(described, async function* (file) {
      yield await Promise.resolve(file.inline ?? content);
    }),
  );
  const digest = output(rootseal(['image', 'digest', image]));
  assert.equal(output(rootseal(['image', 'digest', `tar:${archive}`])), digest);
  assert.equal(output(rootseal(['image', 'digest', tree])), digest);
});

test('a directory read as mkcomposefs does keeps nanoseconds and no hard links', (t) => {
  const { scratch, tree } = makeTree(t);
  const image = join(scratch, 'image');
  const lines = (...options: string[]) => {
    output(rootseal(['image', 'create', tree, image, ...options]));
    return output(rootseal(['image', 'dump', image])).split('\n');
  };
  const asReference = lines('--as-mkcomposefs');
  assert.match(
    asReference.find((line) => line.startsWith('/sub/small '))!,
    / 1000\.250000000 /,
  );
  assert.match(
    asReference.find((line) => line.startsWith('/sub/again '))!,
    / 100000 100644 1 /,
  );
  const canonical = lines();
  assert.match(
    canonical.find((line) => line.startsWith('/sub/small '))!,
    / 1000\.0 /,
  );
  assert.match(
    canonical.find((line) => line.startsWith('/sub/again '))!,
    / @100644 2 .* \/large /,
  );
});

test('no time in the image is later than --clamp-mtime', (t) => {
  const { scratch, tree } = makeTree(t);
  const image = join(scratch, 'image');
  output(rootseal(['image', 'create', tree, image, '--clamp-mtime', '500']));
  const times = output(rootseal(['image', 'dump', image]))
    .split('\n')
    .map((line) => line.split(' ')[7]);
  assert.deepEqual([...new Set(times)], ['500.0']);
});

test('contents go to the digest store, and what an object directory lacks is listed', (t) => {
  const { scratch, tree } = makeTree(t);
  const [image, store] = [join(scratch, 'image'), join(scratch, 'store')];
  output(rootseal(['image', 'create', tree, image, '--digest-store', store]));
  const objects = output(rootseal(['image', 'objects', image])).split('\n');
  assert.equal(objects.length, 1);
  const [object = ''] = objects;
  assert.match(object, /^[0-9a-f]{2}\/[0-9a-f]{62}$/);
  assert.equal(fs.readFileSync(join(store, object), 'utf8'), 'x'.repeat(100_000));
  assert.deepEqual(fs.readdirSync(store), [object.slice(0, 2)]);
  assert.equal(output(rootseal(['image', 'missing', image, '--objects', store])), '');
  const missing = rootseal(['image', 'missing', image, '--objects', tree]);
  assert.deepEqual([missing.status, missing.stdout], [3, `${object}\n`]);
  const nowhere = rootseal(['image', 'missing', image, '--objects', join(scratch, 'nowhere')]);
  assert.equal(nowhere.status, 10);
});

test('ls shows every name of an image', (t) => {
  const { scratch, tree } = makeTree(t);
  const image = join(scratch, 'image');
  output(rootseal(['image', 'create', tree, image]));
  const names = output(rootseal(['image', 'ls', image]))
    .split('\n')
    .map((line) => line.replace(/^.*:\d\d {2}/, ''));
  assert.deepEqual(names, ['/', '/large', '/link -> large', '/sub', '/sub/again', '/sub/small']);
  const rows = (
    JSON.parse(output(rootseal(['image', 'ls', image, '--json']))) as {
      entries: { path: string }[];
    }
  ).entries;
  assert.deepEqual(
    rows.map((row) => row.path),
    ['/', '/large', '/link', '/sub', '/sub/again', '/sub/small'],
  );
});

test('wrong uses end with status 2 and say what to do', (t) => {
  const { scratch, tree } = makeTree(t);
  const image = join(scratch, 'image');
  const dump = `dump:${join(ASSETS, 'hard-links.dump')}`;
  const wrong: [string[], RegExp][] = [
    [[join(tree, 'large'), image], /is not a directory\nhint: .*dump:FILE/],
    [
      [`tar:${tree}`, image],
      /tar:.*: this is a directory\nhint: a directory is named without "tar:"/,
    ],
    [[dump, image, '--digest-store', scratch], /a dump has no contents/],
    [[dump, image, '--as-mkcomposefs'], /--as-mkcomposefs is for directories/],
    [[dump, '-', '--print-digest'], /cannot both go to standard output/],
    [[dump, image, '--format-version', '2'], /format-version/],
  ];
  for (const [args, message] of wrong) {
    const { status, stderr } = rootseal(['image', 'create', ...args]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(fs.readdirSync(scratch), ['tree']);
});

test('what is not supported or no image is told apart', (t) => {
  const { tree } = makeTree(t);
  assert.equal(rootseal(['image', 'digest', 'oci:somewhere']).status, 14);
  const noImage = rootseal(['image', 'digest', join(tree, 'large')]);
  assert.equal(noImage.status, 17);
  assert.match(noImage.stderr, /is not a composefs image \(its magic number is another\)/);
  assert.equal(rootseal(['image', 'dump', join(tree, 'large')]).status, 17);
});
