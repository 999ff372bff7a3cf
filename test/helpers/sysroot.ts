/** A sysroot in a directory, and releases to deploy on it: all verbs but the boot itself. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseEntryFileName } from '../../src/formats/boot-loader/entry-name.js';
import type { StatusReport } from '../../src/deploy/status/status-report.js';
import { addUnifiedParts, elfProgram, MOUNT_POINTS, NO_SEAL, RELEASE } from './disk.js';
import { expectStatus, TestRepository, TIME } from './repository.js';
import { rootseal, type CallOptions, type CallResult } from './cli.js';
import { memory, scratchDirectory } from './scratch.js';
import { statusReport } from './documents.js';

/** What a release has besides the usual. */
export interface ReleaseOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What the tree is to lack. */
  readonly without?: readonly string[];
  /** Content of the kernel; another one needs another directory on the ESP. */
  readonly kernel?: string;
  /** `unsigned`, or the key that seals it. */
  readonly key?: string;
  readonly sequence?: number;
  readonly name?: string;
  /** Whether it has a unified kernel image beside it, with a kernel and a stub that look like such. */
  readonly uki?: boolean;
}

export { NO_SEAL } from './disk.js';

export class TestSysroot {
  readonly scratch: string;
  readonly directory: string;
  /** The repository of the sysroot. */
  readonly repository: TestRepository;
  private releases = 0;

  constructor(scratch: string) {
    this.scratch = scratch;
    this.directory = join(scratch, 'sysroot');
    this.repository = new TestRepository(scratch, join(this.directory, 'composefs'));
  }

  static make(t: TestContext): TestSysroot {
    return TestSysroot.makeIn(scratchDirectory(t));
  }

  /** For tests that flush often and pull no plug. */
  static inMemory(t: TestContext): TestSysroot {
    return TestSysroot.makeIn(scratchDirectory(t, memory()));
  }

  static makeIn(scratch: string): TestSysroot {
    const sysroot = new TestSysroot(scratch);
    fs.mkdirSync(join(sysroot.directory, 'boot'), { recursive: true });
    sysroot.repository.expect(['init', sysroot.repository.path]);
    return sysroot;
  }

  /** Commits a release; says its commit id. */
  release(version: string, options: ReleaseOptions = {}): string {
    const { files = {}, kernel = 'kernel', key, sequence, name = 'os' } = options;
    const number = ++this.releases;
    const tree = this.repository.tree({
      [`usr/lib/modules/${RELEASE}/vmlinuz`]: `${kernel} `.repeat(1000),
      [`usr/lib/modules/${RELEASE}/initramfs.img`]: 'initramfs '.repeat(1000),
      'usr/lib/os-release': 'ID=test\nPRETTY_NAME="Test system"\n',
      'usr/lib/version': `release ${version}\n`.repeat(20),
      'etc/hostname': 'test\n',
      'etc/version': `${version}\n`,
      'var/lib/': '',
      ...MOUNT_POINTS,
      ...(key === undefined ? NO_SEAL : {}),
      ...files,
    });
    for (const name of options.without ?? []) fs.rmSync(join(tree, name), { recursive: true });
    fs.mkdirSync(join(tree, 'sbin'), { recursive: true });
    fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(62), { mode: 0o755 });
    if (options.uki === true) addUnifiedParts(tree, kernel);
    const id = this.repository.expect([
      ...['commit', tree, '-b', 'main', '--time', String(TIME + number)],
      ...['--name', name, '--release-version', version],
      ...['--sequence', String(sequence ?? TIME + number)],
      ...(key === undefined ? [] : ['--key', key]),
    ]);
    if (options.uki === true) this.repository.expect(['uki', 'build', id]);
    return id;
  }

  call(args: readonly string[], options: CallOptions = {}): CallResult {
    return rootseal([...args, '--sysroot', this.directory], options);
  }

  /** Standard output of a call that must end with this status. */
  expect(args: readonly string[], status = 0): string {
    return expectStatus(this.call(args), status);
  }

  status(): StatusReport {
    return statusReport(this.expect(['status', '--json']));
  }

  /** Release of the deployment that has a role; undefined when none has. */
  role(role: 'default' | 'staged' | 'rollback'): string | undefined {
    const { deployments } = this.status();
    return deployments.find(({ roles }) => roles.includes(role))?.release;
  }

  /** Files of boot entries, by rising serial. */
  entries(): string[] {
    const directory = join(this.directory, 'boot/loader/entries');
    if (!fs.existsSync(directory)) return [];
    return fs.readdirSync(directory).sort((a, b) => serialOf(a) - serialOf(b));
  }

  /** Hashes of the kernels on the ESP. */
  kernels(): string[] {
    return fs.readdirSync(join(this.directory, 'boot/rootseal')).sort();
  }

  file(relative: string): string {
    return join(this.directory, relative);
  }

  /** Path below the state of the deployment with a role. */
  state(role: 'default' | 'staged' | 'rollback', relative: string): string {
    const found = this.status().deployments.find(({ roles }) => roles.includes(role));
    assert.ok(found, `there is a ${role}`);
    return this.file(`state/deploy/${found.id}/${relative}`);
  }
}

function serialOf(file: string): number {
  return parseEntryFileName(file)?.own?.serial ?? 0;
}
