/** Installing to disks, on a kernel that has all that it takes. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { bootableTree, commitTree } from '../../../helpers/disk.js';
import { PROGRAM, rootseal } from '../../../helpers/cli.js';
import { expectStatus, TestRepository } from '../../../helpers/repository.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { KEY_FILES, writeKey } from './keys.js';
import { expectAllMeasured, FILE_SYSTEM } from './measured.js';
import { requireValid } from '../../../helpers/schema.js';

interface InstallDocument {
  readonly deployment: string;
  readonly commitId: string;
  readonly image: string;
  readonly root: string;
  readonly commandLine: string;
  readonly keys: readonly string[];
  readonly partitions: readonly { readonly name: string; readonly uuid: string }[];
}

const DISK = process.env['ROOTSEAL_TEST_DISK'] ?? '';
const FILES = { 'usr/share/large': 'x'.repeat(100_000), 'usr/share/small': 'y'.repeat(5000) };
const SEAL_WANTED = { 'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=seal\n' };
const SIZE = ['--size', '700M', '--esp-size', '34M'];
const mounts = (): string => fs.readFileSync('/proc/self/mounts', 'utf8');

function usedLoops(): string[] {
  return fs.readdirSync('/sys/block').filter((name) => fs.existsSync(`/sys/block/${name}/loop`));
}

/** A repository with a commit that is sealed by a key that the image believes. */
const repository = TestRepository.makeIn(fs.mkdtempSync(join(tmpdir(), 'source-')));

before(() => {
  commitTree(repository, bootableTree(repository, { ...FILES, ...KEY_FILES, ...SEAL_WANTED }));
  repository.expect(['seal', 'main', '--key', writeKey(repository.scratch)]);
});

function install(target: string, ...args: string[]): InstallDocument {
  const options = ['--filesystem', FILE_SYSTEM, ...args];
  const document = repository.json(['install', 'to-disk', 'main', target, ...options]);
  requireValid('install-to-disk', document);
  return document as InstallDocument;
}

/** Mounts both partitions of a disk, ESP at `boot`, until the test ends. */
function mountDisk(t: TestContext, disk: string): string {
  const device = fs.statSync(disk).isFile()
    ? execFileSync('losetup', ['--find', '--show', '--partscan', disk]).toString().trim()
    : disk;
  const partition = (number: number) => `${device}${/\d$/.test(device) ? 'p' : ''}${number}`;
  const directory = fs.mkdtempSync('/mnt/installed-');
  execFileSync('mount', ['-t', FILE_SYSTEM, partition(2), directory]);
  execFileSync('mount', ['-t', 'vfat', partition(1), join(directory, 'boot')]);
  t.after(() => {
    execFileSync('umount', ['-R', directory]);
    if (device !== disk) execFileSync('losetup', ['--detach', device]);
  });
  return directory;
}

test('a file becomes a disk in which every object has fs-verity, and which verbs can go on with', (t) => {
  const disk = join(scratchDirectory(t, '/tmp'), 'disk.img');
  const mounted = mounts();
  const origin = ['--origin', 'origin/stable', '--url', 'https://example.org/os/'];
  const said = install(disk, ...SIZE, ...origin, '--tries', '2', '--karg-append', 'quiet');
  assert.equal(mounts(), mounted);
  assert.deepEqual(usedLoops(), []);
  assert.deepEqual(said.keys, ['test.example.org']);
  const root = said.partitions.find(({ name }) => name === 'root')?.uuid ?? '';
  assert.equal(said.root, `root=PARTUUID=${root}`);
  const directory = mountDisk(t, disk);
  const installed = new TestRepository(directory, join(directory, 'composefs'));
  assert.ok(expectAllMeasured(installed) > 3);
  assert.match(installed.expect(['fsck', '--json']), /"findings": ?\[\]/);
  assert.equal(installed.expect(['rev-parse', 'origin/stable']), said.commitId);
  const entry = fs.readFileSync(join(directory, 'boot/loader/entries/rootseal-main-1+2.conf'));
  assert.ok(entry.toString().includes(`options ${said.commandLine}\n`));
  assert.equal(said.commandLine, `composefs.digest=${said.image} ${said.root} rw quiet`);
  const call = (...args: string[]) => expectStatus(rootseal([...args, '--sysroot', directory]));
  assert.match(call('status'), /origin\/stable/);
  call('kargs', '--karg-append', 'debug', '--now');
  assert.equal(fs.readdirSync(join(directory, 'boot/loader/entries')).length, 2);
});

test('what is on a disk is destroyed with --wipe only, and never while it is mounted', (t) => {
  const call = (target: string, ...args: string[]) =>
    repository.call(['install', 'to-disk', target, '--rev', 'main', '--esp-size', '34M', ...args]);
  const used = call(DISK);
  assert.equal(used.status, 2);
  assert.match(used.stderr, /is not empty: it holds (?:ext4|btrfs)/);
  const place = fs.mkdtempSync('/mnt/used-');
  execFileSync('mount', ['-t', FILE_SYSTEM, DISK, place]);
  const mounted = call(DISK, '--wipe');
  execFileSync('umount', [place]);
  assert.equal(mounted.status, 2);
  assert.match(mounted.stderr, /is in use: .* is mounted at \/mnt\/used-/);
  if (FILE_SYSTEM !== 'ext4') return; // The disk is too small for btrfs.
  expectStatus(call(DISK, '--wipe'));
  const again = call(DISK);
  assert.match(again.stderr, /it holds (?:gpt|PMBR)/);
  expectStatus(call(DISK, '--wipe'));
  const directory = mountDisk(t, DISK);
  assert.ok(fs.existsSync(join(directory, 'boot/EFI/BOOT/BOOTX64.EFI')));
});

test('a mounted root file system must be empty, or --wipe empties it', (t) => {
  const disk = join(scratchDirectory(t, '/tmp'), 'disk.img');
  const first = install(disk, ...SIZE);
  const directory = mountDisk(t, disk);
  const words = ['install', 'to-filesystem', directory, '--rev', 'main'];
  const refused = repository.call(words);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /is not empty: it holds "(?:composefs|state)"/);
  fs.writeFileSync(join(directory, 'of somebody'), '');
  fs.mkdirSync(join(directory, 'boot/EFI/other'));
  const said = repository.json([...words, '--wipe', '--tries', '0']) as InstallDocument;
  requireValid('install-to-filesystem', said);
  assert.equal(said.root, first.root);
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name !== 'lost+found'),
    ['boot', 'composefs', 'state'],
  );
  assert.ok(fs.existsSync(join(directory, 'boot/EFI/other')));
  const entries = fs.readdirSync(join(directory, 'boot/loader/entries'));
  assert.deepEqual(entries, ['rootseal-main-1.conf']);
  expectAllMeasured(new TestRepository(directory, join(directory, 'composefs')));
});

test('a signal leaves no mount, no loop device and no half-made file', async (t) => {
  const disk = join(scratchDirectory(t, '/tmp'), 'disk.img');
  const mounted = mounts();
  const words = ['install', 'to-disk', disk, '--rev', 'main', '--filesystem', FILE_SYSTEM, ...SIZE];
  const child = spawn(process.execPath, [PROGRAM, ...words, '--repo', repository.path]);
  child.stderr.on('data', (chunk: Buffer) => {
    if (chunk.includes('made the file systems')) child.kill('SIGTERM');
  });
  const [status] = (await once(child, 'exit')) as [number];
  assert.equal(status, 143);
  assert.equal(mounts(), mounted);
  assert.equal(fs.existsSync(disk), false);
  assert.deepEqual(usedLoops(), []);
});
