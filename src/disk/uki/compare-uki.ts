/** Compares a unified kernel image, wherever it comes from, with what the one of a commit has to be. */
import type { RegularFile } from '../../formats/tree/model.js';
import { isUnsignedUkiOf } from '../../formats/uki/encode-uki.js';
import { BOOT_PHASES } from '../../formats/uki/pcr11.js';
import { pcrSignatureProblem } from '../../formats/uki/pcr-signature.js';
import { parseUki, type Uki } from '../../formats/uki/parse-uki.js';
import { stubVersionProblem } from '../../formats/uki/stub.js';
import type { UkiSectionName } from '../../formats/uki/uki-sections.js';
import { readContent, readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { alignUp } from '../../util/bytes.js';
import { FormatError, RootsealError } from '../../util/errors.js';
import { expectedUki, type ExpectedUki } from './expected-uki.js';

/** One thing that is not as the commit says. */
export interface UkiFinding {
  /** Stable word: a section, or what else it is about. */
  readonly what: UkiSectionName | 'stub' | 'architecture' | 'signature';
  /** One sentence for people. */
  readonly message: string;
}

export interface UkiComparison {
  readonly findings: readonly UkiFinding[];
  /**
   * Whether all of it follows from the commit, the stub included: then whatever vouches for the commit vouches for it. False for one
   * with another stub, or with the signed policy of a TPM: then only a signature can.
   */
  readonly followsFromCommit: boolean;
}

/** Phases for which a signed policy may be there. */
const PHASES: readonly string[] = ['', ...BOOT_PHASES];

/** @throws {RootsealError} OBJECT_NOT_FOUND, OBJECT_CORRUPT when the commit's files cannot be read; the reason of `signal` */
export async function compareUki(
  repository: Repository,
  uki: Uki,
  expected: ExpectedUki,
  signal?: AbortSignal,
): Promise<UkiComparison> {
  const findings = [...textFindings(uki, expected), ...policyFindings(uki)];
  const section = (name: UkiSectionName): Buffer => uki.sections.get(name) ?? Buffer.alloc(0);
  const pieces = { repository, signal };
  if (!(await holds(section('.linux'), [expected.linux], pieces)))
    findings.push({ what: '.linux', message: "it is not the image's kernel" });
  if (!(await holds(section('.initrd'), [expected.initrd, expected.trust], pieces)))
    findings.push({
      what: '.initrd',
      message: "it is not the image's initramfs with the trust manifest behind it",
    });
  const hasPolicy = uki.sections.has('.pcrpkey');
  const followsFromCommit =
    findings.length === 0 && !hasPolicy && (await hasStubOf(repository, uki, expected, signal));
  return { findings, followsFromCommit };
}

function textFindings(uki: Uki, expected: ExpectedUki): UkiFinding[] {
  const findings: UkiFinding[] = [];
  const stub = stubVersionProblem(uki.stubVersion);
  if (stub !== undefined) findings.push({ what: 'stub', message: stub });
  if (uki.architecture !== expected.architecture)
    findings.push({
      what: 'architecture',
      message: `it is for ${uki.architecture}, and the image for ${expected.architecture}`,
    });
  if (uki.commandLine !== expected.commandLine)
    findings.push({
      what: '.cmdline',
      message: `it is "${uki.commandLine}", and the image asks for "${expected.commandLine}"`,
    });
  if (uki.release !== expected.release)
    findings.push({
      what: '.uname',
      message: `it is ${uki.release}, and the image's kernel is ${expected.release}`,
    });
  if (uki.sections.get('.osrel')?.equals(expected.osrel) !== true)
    findings.push({ what: '.osrel', message: "it is not the image's os-release" });
  return findings;
}

/** What is wrong with the signed policy for a TPM, whoever put it there: it must be for this image. */
export function policyFindings({ sections }: Uki): UkiFinding[] {
  try {
    const problem = pcrSignatureProblem(sections, PHASES);
    return problem === undefined ? [] : [{ what: '.pcrsig', message: problem }];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [{ what: '.pcrsig', message: error.message }];
  }
}

interface Reading {
  readonly repository: Repository;
  readonly signal: AbortSignal | undefined;
}

/** Whether a section is these pieces one behind the other, all but the last one filled up with zeros to 4 bytes. */
async function holds(
  section: Buffer,
  pieces: readonly (RegularFile | Buffer)[],
  { repository, signal }: Reading,
): Promise<boolean> {
  let at = 0;
  for (const piece of pieces) {
    const chunks = Buffer.isBuffer(piece) ? [piece] : readContent(repository, piece, signal);
    const start = at;
    for await (const chunk of chunks) {
      if (!section.subarray(at, at + chunk.length).equals(chunk)) return false;
      at += chunk.length;
    }
    const end = pieces.length > 1 ? start + alignUp(at - start, 4) : at;
    if (section.length < end || section.subarray(at, end).some((byte) => byte !== 0)) return false;
    at = end;
  }
  return at === section.length;
}

async function hasStubOf(
  repository: Repository,
  uki: Uki,
  { stub }: ExpectedUki,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (stub === undefined) return false;
  try {
    return isUnsignedUkiOf(uki, await readWholeContent(repository, stub, signal));
  } catch (error) {
    // The image's own stub is not one that is used.
    if (error instanceof FormatError || isUnsupported(error)) return false;
    throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof RootsealError && error.code === 'UNSUPPORTED';
}

/**
 * Looks at an image that is offered for a commit.
 * @throws {RootsealError} DIGEST_MISMATCH when it is not that of the commit, whatever is signed; FORMAT_INVALID when it is malformed
 */
export async function requireUkiOf(
  repository: Repository,
  revision: Pick<Revision, 'id' | 'commit' | 'tree'>,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<UkiComparison> {
  const uki = parseUki(bytes);
  const expected = await expectedOf(repository, revision);
  const comparison = await compareUki(repository, uki, expected, signal);
  const [first] = comparison.findings;
  if (first === undefined) return comparison;
  throw new RootsealError(
    'DIGEST_MISMATCH',
    `the unified kernel image of commit ${revision.id} is not that of the commit: ${first.what}: ${first.message}`,
    { details: { commitId: revision.id, what: first.what } },
  );
}

/** An image that no such kernel image can be made of has none. */
async function expectedOf(
  repository: Repository,
  revision: Pick<Revision, 'id' | 'commit' | 'tree'>,
): Promise<ExpectedUki> {
  try {
    return await expectedUki(repository, revision);
  } catch (cause) {
    const isOfImage =
      cause instanceof RootsealError &&
      ['PATH_NOT_FOUND', 'USAGE', 'UNSUPPORTED', 'FORMAT_INVALID'].includes(cause.code);
    if (!isOfImage) throw cause;
    const { id } = revision;
    throw new RootsealError(
      'DIGEST_MISMATCH',
      `no unified kernel image can be that of commit ${id}`,
      {
        cause,
        details: { commitId: id },
      },
    );
  }
}
