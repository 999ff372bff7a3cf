/**
 * Fetches what `fsck` found damaged from another repository directory. Nothing is taken over unchecked: an object must
 * hash to its name there too, a commit to its id.
 */
import fs from 'node:fs';
import path from 'node:path';
import { isCommitId, type CommitId } from '../../formats/commit/commit.js';
import { objectPath, type Digest } from '../../util/digest.js';
import { RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { stopPoint } from '../../util/stop-point.js';
import { readCommit, writeCommit } from '../commits.js';
import { isReadFailure } from '../damage.js';
import { linkImage } from '../images.js';
import { objectFile } from '../layout.js';
import { openVerifiedObject } from '../objects.js';
import { listRefs } from '../refs.js';
import type { Repository } from '../repository.js';
import { readSeal, writeSeal } from '../seals.js';
import { WriteSession } from '../write-session.js';
import { enableOnObject } from '../object-verity.js';
import { hashContent, writeFully } from '../work/read-content.js';
import { isDamage, type Finding, type FsckReport } from './fsck-finding.js';
import { checkWithSizes, type CheckOptions } from './fsck.js';

/** A repaired image may name objects that nobody knew to be missing, a repaired commit an image: so it goes in rounds. */
const ROUNDS_MAX = 4;

export interface RepairReport extends FsckReport {
  /** Why something could not be fetched, one sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Checks, repairs from another repository directory and checks again, until nothing more can be repaired. The caller
 * holds the shared lock. The report has what was repaired and what is still damaged.
 */
export async function repairRepository(
  repository: Repository,
  from: Repository,
  options: CheckOptions,
): Promise<RepairReport> {
  if (from.algorithm !== repository.algorithm) {
    throw new RootsealError(
      'USAGE',
      `${from.path} is a ${from.algorithm} repository, this one ${repository.algorithm}`,
    );
  }
  let { report, sizes } = await checkWithSizes(repository, options);
  let remarks: string[] = [];
  const repaired: Finding[] = [];
  for (let round = 0; round < ROUNDS_MAX && report.findings.some(isDamage); round++) {
    const source = { from, sizes, progress: options.progress, signal: options.signal };
    remarks = await repairFindings(repository, report.findings, source);
    const done = report.findings.filter((finding) => finding.repaired);
    if (done.length === 0) break;
    for (const one of done) repaired.push(one);
    ({ report, sizes } = await checkWithSizes(repository, options));
  }
  return { ...report, findings: [...repaired, ...report.findings], remarks };
}

/** Where good objects and names come from. */
interface RepairSource {
  readonly from: Repository;
  /** How many bytes objects may have. */
  readonly sizes: ReadonlyMap<Digest, number>;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** Marks what it could repair; the rest stays as it was found. Returns a remark for each thing it could not fetch. */
async function repairFindings(
  repository: Repository,
  findings: readonly Finding[],
  source: RepairSource,
): Promise<string[]> {
  const remarks: string[] = [];
  const session = WriteSession.inRepository(repository);
  const fetched: Finding[] = [];
  try {
    for (const finding of findings) {
      if (await attempt(remarks, finding, () => repairObject(session, finding, source))) {
        fetched.push(finding);
        stopPoint('object-repaired');
      }
    }
    await session.publish(source.progress);
  } catch (error) {
    await session.abandon();
    throw error;
  }
  // Only now are the objects where their names say.
  for (const finding of fetched) finding.repaired = true;
  for (const finding of findings) {
    await repairName(repository, finding, source.from, remarks);
    stopPoint('name-repaired');
  }
  return remarks;
}

async function attempt(
  remarks: string[],
  finding: Finding,
  action: () => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    return await action();
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    remarks.push(`${finding.kind} ${finding.subject}: ${error.message}`);
    return false;
  }
}

/** Copies a good object into the session. */
async function repairObject(
  session: WriteSession,
  finding: Finding,
  { from, sizes, signal }: RepairSource,
): Promise<boolean> {
  if (!['object-missing', 'object-corrupt', 'object-unreadable'].includes(finding.kind))
    return false;
  const digest = finding.subject as Digest;
  const sizeMax = sizes.get(digest);
  const { fd: source, size } = await openVerifiedObject(from, digest, {
    size: sizeMax === undefined ? undefined : { atMost: sizeMax },
    signal,
  });
  try {
    const temporary = path.join(session.directory, `fetch-${digest.slice(0, 16)}`);
    const target = fs.openSync(temporary, 'w', 0o644);
    try {
      fs.ftruncateSync(target, size);
      const content = hashContent(source, size, from.algorithm, (chunk, length, position) => {
        writeFully(target, chunk.subarray(0, length), position);
      });
      const copied = await withPauses(content, signal);
      if (copied.digest !== digest)
        throw new RootsealError('OBJECT_CORRUPT', `object ${digest} changed while it was copied`);
    } finally {
      fs.closeSync(target);
    }
    session.replace(temporary, digest);
    clearPlace(session.target.objectsDir, digest);
    return true;
  } finally {
    fs.closeSync(source);
  }
}

/** Removes what is in an object's place and could not be renamed over. */
function clearPlace(objectsDir: string, digest: Digest): void {
  const file = path.join(objectsDir, objectPath(digest));
  const isDirectory = (place: string): boolean | undefined =>
    fs.lstatSync(place, { throwIfNoEntry: false })?.isDirectory();
  if (isDirectory(path.dirname(file)) === false) fs.rmSync(path.dirname(file));
  if (isDirectory(file) === true) fs.rmSync(file, { recursive: true });
}

async function repairName(
  repository: Repository,
  finding: Finding,
  from: Repository,
  remarks: string[],
): Promise<void> {
  if (finding.kind === 'object-unprotected') {
    const digest = finding.subject as Digest;
    finding.repaired = await enableOnObject(
      repository.file(objectFile(digest)),
      digest,
      repository.algorithm,
    );
    return;
  }
  await attempt(remarks, finding, () => {
    if (finding.kind === 'image-unlinked') linkImage(repository, finding.subject as Digest);
    else if (finding.kind === 'commit-damaged' && isCommitId(finding.subject))
      writeCommit(repository, readCommit(from, finding.subject));
    else if (finding.kind === 'ref-dangling') fetchCommitOf(repository, finding, from);
    else if (finding.kind === 'seal-damaged' || finding.kind === 'seal-mismatch')
      return repairSeal(repository, finding, from);
    else return false;
    finding.repaired = true;
    return true;
  });
}

/** Fetches the commit that a ref names; the ref itself is right. */
function fetchCommitOf(repository: Repository, finding: Finding, from: Repository): void {
  const ref = listRefs(repository).refs.find(
    ({ kind, name }) => `${kind} ${name}` === finding.subject,
  );
  if (ref !== undefined) writeCommit(repository, readCommit(from, ref.commit));
}

function repairSeal(repository: Repository, finding: Finding, from: Repository): boolean {
  const id = finding.subject as CommitId;
  const seal = readSeal(from, id);
  if (seal === undefined) return false;
  writeSeal(repository, id, seal);
  finding.repaired = true;
  return true;
}
