/** Looks at a host whatever was interrupted there: what the boot loader will start, and whether all that it needs is there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { hasKernel } from '../../src/deploy/boot-loader/esp-kernel.js';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { entryId } from '../../src/deploy/plan/reconcile.js';
import { loadRecord } from '../../src/deploy/record/store.js';
import { collectHost } from '../../src/deploy/status/collect.js';
import type { StatusReport } from '../../src/deploy/status/status-report.js';
import { peHash } from '../../src/formats/authenticode/pe-hash.js';
import type { CommitId } from '../../src/formats/commit/commit.js';
import { imageHex, isUnified, type Deployment } from '../../src/formats/deployment/deployment.js';
import { identifyUki, kernelPath } from '../../src/formats/deployment/kernel-files.js';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { digestOf } from '../../src/formats/fsverity/descriptor.js';
import { objectsOf } from '../../src/formats/tree/tree-objects.js';
import { objectFile } from '../../src/repo/layout.js';
import { objectSize } from '../../src/repo/objects.js';
import type { Repository } from '../../src/repo/repository.js';
import { ukiFile } from '../../src/repo/ukis.js';
import type { Digest } from '../../src/util/digest.js';
import type { TestSysroot } from './sysroot.js';

/** An edit of `/etc` that every deployment must keep: name and content. */
export const EDIT = { name: 'mine', content: 'mine\n' };

/** Of the name of a boot entry: tries that are left, and those that were made. */
const COUNTER = /\+\d+(?:-\d+)?\.conf$/;

/** What images need, by digest: the digests of these never change. */
const needs = new Map<string, readonly Digest[]>();

export interface Look {
  readonly status: StatusReport;
  readonly record: DeploymentRecord;
}

/** Status never fails, and what the boot loader will start has all that it needs. */
export function look(sysroot: TestSysroot): Look {
  const at = Sysroot.at(sysroot.directory);
  const { report: status } = collectHost(at, undefined);
  const record = loadRecord(at);
  const next = record.deployments.find((one) => entryId(one) === status.loader.entry);
  assert.ok(next, `the boot loader starts what the record knows: ${status.loader.entry ?? ''}`);
  assert.ok(
    record.deployments.some(({ boots }) => boots === 'good'),
    'something good is kept',
  );
  const repository = at.repository();
  // No boot loader lists what is being written, `.new`.
  for (const file of sysroot.entries().filter((name) => name.endsWith('.conf')))
    checkEntry(sysroot, repository, record, file);
  return { status, record };
}

function checkEntry(
  sysroot: TestSysroot,
  repository: Repository,
  record: DeploymentRecord,
  file: string,
): void {
  const entry = fs.readFileSync(sysroot.file(`boot/loader/entries/${file}`), 'utf8');
  // The state is named where it is not that of the image alone, and then comes later.
  const [, id] =
    /^options .*(?:rootseal\.state=|composefs\.digest=v1-\S+:)(\S+)/m.exec(entry) ?? [];
  // A unified kernel image names its image inside.
  const [, hash] = /^efi \/rootseal\/([0-9a-f]+)\/uki\.efi$/m.exec(entry) ?? [];
  const one = record.deployments.find((known) =>
    hash === undefined
      ? known.id === id
      : known.kernel.hash === hash || entryId(known) === file.replace(COUNTER, '.conf'),
  );
  assert.ok(one, `the record knows what ${file} starts`);
  const place = sysroot.file(`state/deploy/${one.id}`);
  assert.equal(
    fs.readFileSync(join(place, 'etc', EDIT.name), 'utf8'),
    EDIT.content,
    'edits of /etc stay',
  );
  assert.ok(fs.existsSync(join(place, 'var/lib')));
  assert.equal(isUnified(one), hash !== undefined);
  assert.ok(hasKernel(sysroot.file('boot'), one.kernel), 'what it starts is on the ESP');
  if (hash !== undefined) checkUki(sysroot, repository, one, hash);
  for (const digest of neededBy(repository, imageHex(one) as Digest))
    assert.ok(objectSize(repository, digest) !== undefined, `object ${digest} is there`);
}

/**
 * What an entry starts is whole, and can be put there again but for its signatures: it may have been signed anew. While that comes to the
 * ESP, the entry may name the one before or the one after; the record calls one of them its own, and both are there.
 */
function checkUki(
  sysroot: TestSysroot,
  repository: Repository,
  one: Deployment,
  hash: string,
): void {
  const onEsp = fs.readFileSync(sysroot.file(`boot/${kernelPath(hash, 'uki.efi')}`));
  assert.equal(identifyUki(one.kernel.release, onEsp).hash, hash, 'it is whole');
  const stored = fs.readFileSync(repository.file(ukiFile(one.commit as CommitId)));
  assert.ok(peHash(onEsp).equals(peHash(stored)), 'it can be put there again');
}

/** The image itself, and its objects. */
function neededBy(repository: Repository, image: Digest): readonly Digest[] {
  const known = needs.get(image);
  if (known !== undefined) return known;
  const bytes = fs.readFileSync(repository.file(objectFile(image)));
  assert.equal(digestOf(bytes, repository.algorithm), image);
  const found = [image, ...objectsOf(decodeImage(bytes).tree)];
  needs.set(image, found);
  return found;
}
