/** Installs a release as an administrator does it: `rootseal install to-disk`, on a machine whose kernel has fs-verity. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { runInUml } from '../uml/bench.js';
import { guestNode } from '../uml/guest-node.js';
import { fleet, type ReleaseName } from './fleet.js';
import { KERNEL_ARGUMENT_OPTIONS } from './kernel-arguments.js';
import { run } from './programs.js';

const GIB = 2 ** 30;

/** What is installed, and how. */
export interface Installation {
  readonly repository: string;
  /** A branch there. */
  readonly release: string;
  /** Of the repository that upgrades come from, by its branch `main`. */
  readonly url: string;
  /** More words for `install`. */
  readonly words: readonly string[];
  /** Directory with keys of Secure Boot, with which the boot loader is signed. */
  readonly keys?: string;
}

/** Installs a release of the fleet to a new disk, which takes upgrades from the branch `main` of `url`. Returns its file. */
export async function installedDisk(
  t: TestContext,
  release: ReleaseName,
  url: string,
): Promise<string> {
  const { repository } = fleet();
  return installToDisk(t, { repository, release, url, words: KERNEL_ARGUMENT_OPTIONS });
}

/** Installs to a new disk, and returns its file. */
export async function installToDisk(
  t: TestContext,
  { repository, release, url, words, keys }: Installation,
): Promise<string> {
  const exchange = scratchDirectory(t, '/var/tmp');
  // Of the host's files the guest may not see those that something lies over there.
  run('cp', ['-a', '--reflink=auto', repository, join(exchange, 'repository')]);
  if (keys !== undefined) run('cp', ['-a', keys, join(exchange, 'keys')]);
  const disk = join(exchange, 'disk.img');
  fs.writeFileSync(disk, '');
  fs.truncateSync(disk, 3 * GIB);
  const allWords = [
    ...['install', 'to-disk', '/dev/ubda'],
    ...['--repo', '/mnt/exchange/repository', '--rev', release, '--esp-size', '160M'],
    ...['--origin', 'origin/main', '--url', url],
    ...(keys === undefined ? [] : ['--secure-boot-keys', '/mnt/exchange/keys']),
    ...words,
  ];
  const { node, program } = guestNode(exchange);
  const command = `exec ${node} ${program} ${allWords.map((word) => `'${word}'`).join(' ')}`;
  const { status, console } = await runInUml(t, { command, disks: [disk], exchange });
  assert.equal(status, 0, console);
  return disk;
}
