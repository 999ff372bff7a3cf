/** What the kernel says about the files of a repository. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { listObjects } from '../../../../src/repo/objects.js';
import { Repository } from '../../../../src/repo/repository.js';
import { measureFile } from '../../../../src/repo/verity-file.js';
import type { TestRepository } from '../../../helpers/repository.js';

/** Type of the file system with the scratch directories. */
export const FILE_SYSTEM = process.env['ROOTSEAL_UML_FILE_SYSTEM'] ?? 'none';

/** Checks that the kernel holds every object to its name; returns how many there are. */
export function expectAllMeasured(repository: TestRepository): number {
  const { digests } = listObjects(Repository.open(repository.path));
  for (const digest of digests)
    assert.equal(measureFile(repository.objectFile(digest))?.digest, digest);
  return digests.length;
}

/** Puts a file with the same or other content, without fs-verity unless asked, in the place of one that has it. */
export function replaceFile(file: string, content = fs.readFileSync(file), seal = false): void {
  fs.rmSync(file);
  fs.writeFileSync(file, content);
  if (seal) execFileSync('fsverity', ['enable', file]);
}

/** Nothing of what was read or written stays in memory. */
export function dropCaches(): void {
  execFileSync('sync');
  fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
}
