/**
 * The text of a seal: what is signed (docs/formats/seal.md, "Text").
 *
 * It is a function of the commit, so that signers in different places sign the same bytes without having met.
 */
import { FormatError } from '../../util/errors.js';
import { isCommitId, type Commit, type CommitId } from '../commit/commit.js';
import { commitNameProblem, versionProblem } from '../commit/fields.js';
import { parseDecimal } from '../decimal.js';
import { parseTypedDigest, printTypedDigest, type TypedDigest } from '../digest-text.js';

/** What a seal says. */
export interface SealFacts {
  readonly name: string;
  readonly version: string;
  /** From 0 to 2^53-1; grows with every commit of a name. */
  readonly sequence: number;
  /** Digests of one tree's images, one to `SEAL_IMAGES_MAX`, none twice. */
  readonly images: readonly TypedDigest[];
  readonly commit: CommitId;
}

/** First line of every seal of this version. */
export const SEAL_HEADER = 'rootseal seal v1';
/** Most images in a seal: two format versions, two hashes, and room for as many again. */
export const SEAL_IMAGES_MAX = 8;

const FORMAT = 'seal text';

/** What a commit's seal says. */
export function sealFactsOf(commit: Commit, id: CommitId): SealFacts {
  const { name, version, sequence, image } = commit;
  return { name, version, sequence, images: [parseTypedDigest(image)], commit: id };
}

/**
 * The text of a seal, with its final newline.
 *
 * @throws {FormatError} naming the fact that cannot stand in a seal
 */
export function sealText(facts: SealFacts): string {
  const lines = [
    SEAL_HEADER,
    `name: ${facts.name}`,
    `version: ${facts.version}`,
    `sequence: ${facts.sequence}`,
    ...facts.images.map((image) => `image: ${printTypedDigest(image)}`),
    `commit: ${facts.commit}`,
  ];
  const text = `${lines.join('\n')}\n`;
  parseSealText(text);
  return text;
}

/** @throws {FormatError} naming the line that is wrong; there is one spelling for each set of facts */
export function parseSealText(text: string): SealFacts {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new FormatError(FORMAT, 'the final newline is missing');
  if (lines.length < 6 || lines.length > 5 + SEAL_IMAGES_MAX)
    throw new FormatError(FORMAT, `expected 6 to ${5 + SEAL_IMAGES_MAX} lines`);
  if (lines[0] !== SEAL_HEADER)
    throw new FormatError(FORMAT, `expected "${SEAL_HEADER}"`, { line: 1 });
  return {
    name: checked(lines, 2, 'name', commitNameProblem),
    version: checked(lines, 3, 'version', versionProblem),
    sequence: parseSequence(valueOf(lines, 4, 'sequence')),
    images: parseImages(lines),
    commit: parseCommitLine(lines),
  };
}

function valueOf(lines: readonly string[], line: number, key: string): string {
  const source = lines[line - 1] ?? '';
  if (!source.startsWith(`${key}: `))
    throw new FormatError(FORMAT, `expected "${key}: "`, { line });
  return source.slice(key.length + 2);
}

function checked(
  lines: readonly string[],
  line: number,
  key: string,
  problemOf: (value: string) => string | undefined,
): string {
  const value = valueOf(lines, line, key);
  const problem = problemOf(value);
  if (problem !== undefined) throw new FormatError(FORMAT, problem, { line });
  return value;
}

function parseSequence(text: string): number {
  const value = parseDecimal(text);
  if (value === undefined)
    throw new FormatError(FORMAT, 'expected a whole number from 0 to 2^53-1', { line: 4 });
  return value;
}

function parseImages(lines: readonly string[]): readonly TypedDigest[] {
  const seen = new Set<string>();
  const images: TypedDigest[] = [];
  for (let line = 5; line < lines.length; line++) {
    const text = valueOf(lines, line, 'image');
    if (seen.has(text)) throw new FormatError(FORMAT, 'the image is named twice', { line });
    seen.add(text);
    images.push(parseImage(text, line));
  }
  return images;
}

function parseImage(text: string, line: number): TypedDigest {
  try {
    return parseTypedDigest(text);
  } catch (cause) {
    throw new FormatError(FORMAT, 'the image is not named by a typed digest', { line }, cause);
  }
}

function parseCommitLine(lines: readonly string[]): CommitId {
  const commit = valueOf(lines, lines.length, 'commit');
  if (!isCommitId(commit))
    throw new FormatError(FORMAT, 'expected 64 lower-case hex digits', { line: lines.length });
  return commit;
}
