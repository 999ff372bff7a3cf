/** Requests for signatures as files: `FILE` has the text that is signed, `FILE.txt` and `FILE.json` what it is about. */
import fs from 'node:fs';
import { NOTE_SIZE_MAX } from '../formats/seal/note.js';
import { parseSealRequest, type SealRequest } from '../formats/seal/seal-request.js';
import { parseReview, REVIEW_SIZE_MAX, type Review } from '../formats/seal/review.js';
import { writeOutputFile } from '../repo/durable.js';
import { printableJson } from '../util/printable.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { parseNamedFile, readNamedFile } from './named-file.js';

export interface ReadRequest {
  readonly request: SealRequest;
  /** Undefined when there is no file beside it. */
  readonly review: Review | undefined;
}

/** The names of a request's files. */
export function requestFiles(file: string): { readonly text: string; readonly review: string } {
  return { text: `${file}.txt`, review: `${file}.json` };
}

/**
 * Writes all three. Of a killed writer, a request and the review of an older one may lie beside each other: `readRequest` sees that.
 * @param words the review for people
 * @throws {RootsealError} USAGE when one of the names is not a regular file
 */
export function writeRequest(file: string, review: Review, words: string): void {
  const others = requestFiles(file);
  writeOutputFile(file, review.text);
  writeOutputFile(others.text, words);
  writeOutputFile(others.review, `${printableJson(review)}\n`);
}

/**
 * A request as it came, perhaps from far away.
 * @throws {RootsealError} SEAL_INVALID when it is anything else than the text of a seal, or the review beside it is that of another one;
 * FORMAT_INVALID when that is damaged; PATH_NOT_FOUND
 */
export function readRequest(file: string): ReadRequest {
  const request = parseRequestFile(file);
  const { review: reviewFile } = requestFiles(file);
  if (fs.lstatSync(reviewFile, { throwIfNoEntry: false }) === undefined)
    return { request, review: undefined };
  const bytes = readNamedFile(reviewFile, REVIEW_SIZE_MAX);
  const review = parseNamedFile(reviewFile, () => parseReview(bytes));
  if (review.text !== request.text)
    throw new RootsealError('SEAL_INVALID', `${reviewFile} is about another request than ${file}`);
  return { request, review };
}

function parseRequestFile(file: string): SealRequest {
  const bytes = readNamedFile(file, NOTE_SIZE_MAX);
  try {
    return parseSealRequest(bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RootsealError('SEAL_INVALID', `${file} is no request, or was changed`, {
      cause,
      hint: 'ask for it again, as a file: mail programs and editors change line ends and add lines',
    });
  }
}
