/** A physical root for the boot program: a repository with one image, and the state of its deployment. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { bootOnce, type BootRequest, type BootResult } from './boot-once.js';
import { templateRepository, type TestRepository } from './repository.js';
import { scratchDirectory } from './scratch.js';

/** Where the policy is in the initramfs. */
export const POLICY = 'etc/rootseal/setup-root.conf';
/** Files of an initramfs that asks for nothing. */
export const NONE = { [POLICY]: '[verify]\nmode=none\n' };
const LARGE = 'x'.repeat(5000);
const TREE = {
  'etc/release': 'from the image\n',
  'usr/bin/program': LARGE,
  ...Object.fromEntries(
    ['sysroot/', 'proc/', 'sys/', 'dev/', 'run/', 'tmp/', 'var/', 'efi/', 'boot/'].map((name) => [
      name,
      '',
    ]),
  ),
};

const template = templateRepository((repository: TestRepository) => {
  repository.commit(TREE);
  return { repository, hex: repository.imageOf('main') };
});

export interface Machine {
  readonly scratch: string;
  /** The physical root. */
  readonly physical: string;
  readonly hex: string;
  /** Directory of the deployment. */
  readonly deployment: string;
  readonly boot: (request?: Partial<BootRequest>) => BootResult;
}

/** A physical root with one image and its state, without a seal. */
export function machine(t: TestContext): Machine {
  const { repository, hex } = template(t);
  const scratch = scratchDirectory(t);
  const physical = join(scratch, 'physical');
  const deployment = join(physical, 'state/deploy', hex);
  fs.mkdirSync(join(deployment, 'etc'), { recursive: true });
  fs.mkdirSync(join(physical, 'state/os/tiny/var'), { recursive: true });
  fs.writeFileSync(join(deployment, 'etc/release'), 'from the state\n');
  fs.writeFileSync(join(physical, 'state/os/tiny/var/kept'), 'kept\n');
  fs.symlinkSync('../../os/tiny/var', join(deployment, 'var'));
  fs.renameSync(repository.path, join(physical, 'composefs'));
  const cmdline = `quiet composefs.digest=v1-sha256-12:${hex} panic=-1\n`;
  const boot = (request: Partial<BootRequest> = {}) =>
    bootOnce({ scratch, cmdline, physical, ...request });
  return { scratch, physical, hex, deployment, boot };
}

/** Checks a refusal: one line, the file, the status, and nothing left to start. */
export function assertRefused(result: BootResult, what: string, why: RegExp): void {
  assert.equal(result.status, 1, result.output);
  const line = /^rootseal: refused ([a-z ]+): (.+)\n$/.exec(result.output);
  assert.ok(line, result.output);
  assert.equal(line[1], what);
  assert.match(line[2] ?? '', why);
  assert.equal(result.refused?.['version'], 1);
  assert.equal(result.refused['what'], what);
  assert.equal(result.refused['why'], line[2]);
  assert.equal(result.boot, undefined);
  assert.deepEqual(result.mounts, []);
  assert.deepEqual(result.names, []);
}

/** Boots with mode=none, or skips the test where the kernel cannot mount the image. */
export function bootUnverified(
  t: TestContext,
  boot: Machine['boot'],
  policy: string,
  request: Partial<BootRequest> = {},
): BootResult | undefined {
  const result = boot({ files: { [POLICY]: `[verify]\nmode=none\n${policy}` }, ...request });
  if (/loop devices, which|it has no (erofs|overlay) file system/.test(result.output)) {
    t.skip('this kernel cannot mount a composefs image from a file');
    return undefined;
  }
  assert.equal(result.status, 0, result.output);
  assert.equal(result.refused, undefined);
  return result;
}
