/** A file system in user space that lies about fs-verity (`initramfs/test/fuse_server.c`). */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildBoot, cannotBuild } from './boot-program.js';
import { reasonForNoMounts } from './mounts.js';

/** Why it cannot be served here; false when it can. */
export const cannotServe =
  cannotBuild ||
  (process.getuid?.() !== 0 && 'mounting needs root') ||
  (!fs.existsSync('/dev/fuse') && 'needs /dev/fuse') ||
  reasonForNoMounts();

/** The program that serves it: DIRECTORY HEX IMAGE. */
export function fuseServer(): string {
  return buildBoot('fuse_server');
}

/**
 * Mounts it on a new directory until the test ends.
 *
 * @param hex digest with which it answers, whatever is asked about
 * @param image file that it shows
 * @returns the path of that file there
 */
export function serveLies(t: TestContext, hex: string, image: string): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  execFileSync(fuseServer(), [directory, hex, image]);
  t.after(() => {
    execFileSync('umount', [directory]);
    fs.rmdirSync(directory);
  });
  return join(directory, 'composefs/images', hex);
}
