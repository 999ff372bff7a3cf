/** Small disk images, and looking into them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { DiskReport } from '../../src/disk/build-disk.js';
import type { CallOptions } from './cli.js';
import { makeKernel, makeStub } from './pe-file.js';
import { expectStatus, TIME, type TestRepository } from './repository.js';
import { requireDocument } from './schema.js';

export const RELEASE = '6.12.0-test';

/** What `rootseal disk build --json` prints. */
export interface DiskDocument extends DiskReport {
  readonly file: string;
}

/** The document, with the names of the report. */
function diskDocument(text: string): DiskDocument {
  const { commitId, bytes, partitions, inodeCount, objectCount, ...others } = JSON.parse(
    text,
  ) as PrintedDisk;
  return {
    ...others,
    inodes: inodeCount,
    objects: objectCount,
    commit: commitId,
    size: bytes,
    partitions: partitions.map(({ startBytes: start, bytes: size, ...facts }) => ({
      ...facts,
      start,
      size,
    })),
  };
}

type Renamed = 'commit' | 'size' | 'partitions' | 'inodes' | 'objects';

interface PrintedDisk extends Omit<DiskDocument, Renamed> {
  readonly commitId: string;
  readonly inodeCount: number;
  readonly objectCount: number;
  readonly bytes: number;
  readonly partitions: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly type: string;
    readonly startBytes: number;
    readonly bytes: number;
  }[];
}

/** In a tree: no seal is wanted. */
export const NO_SEAL = { 'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n' };

/** In every tree that is to start: directories that nobody can make later. */
export const MOUNT_POINTS = Object.fromEntries(
  ['sysroot/', 'proc/', 'sys/', 'dev/', 'run/', 'efi/'].map((name) => [name, '']),
);

/** Makes a directory of files that has all that a disk is built from: a kernel, an initramfs, a loader, an init. */
export function bootableTree(
  repository: TestRepository,
  files: Readonly<Record<string, string>> = {},
): string {
  const tree = repository.tree({
    [`usr/lib/modules/${RELEASE}/vmlinuz`]: 'kernel '.repeat(1000),
    [`usr/lib/modules/${RELEASE}/initramfs.img`]: 'initramfs '.repeat(1000),
    'usr/lib/systemd/boot/efi/systemd-bootx64.efi': 'loader '.repeat(100),
    'usr/lib/os-release': 'ID=test\nPRETTY_NAME="Test system"\n',
    'etc/hostname': 'test\n',
    'var/lib/': '',
    ...MOUNT_POINTS,
    ...NO_SEAL,
    ...files,
  });
  fs.mkdirSync(join(tree, 'sbin'), { recursive: true });
  fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(62), { mode: 0o755 });
  return tree;
}

/** Gives a tree a kernel and a stub of which a unified kernel image can be made. @param kernel what fills the kernel */
export function addUnifiedParts(tree: string, kernel = 'a kernel'): void {
  const place = join(tree, 'usr/lib/systemd/boot/efi');
  fs.mkdirSync(place, { recursive: true });
  fs.writeFileSync(join(place, 'linuxx64.efi.stub'), makeStub());
  fs.writeFileSync(join(tree, `usr/lib/modules/${RELEASE}/vmlinuz`), makeKernel({ fill: kernel }));
}

/** The start of a program for a machine (`e_machine`). */
export function elfProgram(machine: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(machine, 18);
  return bytes;
}

/** Commits a directory to a branch at a fixed time. */
export function commitTree(repository: TestRepository, tree: string, branch = 'main'): string {
  return repository.expect(['commit', tree, '-b', branch, '--time', String(TIME)]);
}

/** Builds a disk with a small ESP, which must go well. */
export function buildDisk(
  repository: TestRepository,
  revision: string,
  options: { readonly out?: string; readonly args?: readonly string[] } & CallOptions = {},
): DiskDocument {
  const { out = join(repository.scratch, 'disk.img'), args = [], ...call } = options;
  const words = [
    'disk',
    'build',
    revision,
    '--output',
    out,
    '--esp-size',
    '34M',
    ...args,
    '--json',
  ];
  const text = expectStatus(repository.call(words, call));
  requireDocument('disk-build', text);
  return diskDocument(text);
}

/** The root partition as e2fsprogs take it. */
export function rootFileSystem(disk: DiskDocument): string {
  return `${disk.file}?offset=${rootStart(disk)}`;
}

/** Where the root partition begins, in bytes. */
export function rootStart(disk: DiskDocument): number {
  const root = disk.partitions.find(({ name }) => name === 'root');
  assert.ok(root);
  return root.start;
}

/** Directory of the deployment's state in the root file system. */
export function deploymentOf(disk: DiskDocument): string {
  return `/state/deploy/${disk.image.slice(disk.image.indexOf(':') + 1)}`;
}

/** Standard output of one debugfs request about the root file system. */
export function debugfs(disk: DiskDocument, request: string): string {
  const file = rootFileSystem(disk);
  return execFileSync('/usr/sbin/debugfs', ['-R', request, file], { stdio: 'pipe' }).toString();
}

/** A file of the ESP. */
export function readEsp(disk: DiskDocument, path: string): Buffer {
  return execFileSync('mtype', ['-i', `${disk.file}@@1M`, `::/${path}`]);
}
