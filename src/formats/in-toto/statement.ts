/**
 * in-toto statements: which files, by their hashes, something is said about (in-toto attestation framework, Statement v1 and
 * DigestSet; docs/formats/attestations.md, "Statement").
 */
import {
  parseCanonicalJson,
  printCanonicalJson,
  type JsonObject,
  type JsonValue,
} from '../../util/canonical-json.js';
import { isRecord } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { ENVELOPE_SIZE_MAX } from '../dsse/envelope.js';
import { listOf, matching, object, required, requireShape, type Shape } from '../shape.js';

/** Media type of a statement, the payload type of its envelope. */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** We write three at most. */
const SUBJECTS_MAX = 16;
const FORMAT = 'in-toto statement';

/** A file that something is said about. */
export interface Subject {
  /** Its path in the repository. */
  readonly name: string;
  /** Plain SHA-256 of its bytes, 64 lower-case hex digits; never an fs-verity digest. */
  readonly sha256: string;
}

export interface Statement {
  /** One to `SUBJECTS_MAX`. */
  readonly subjects: readonly Subject[];
  /** URI of the kind of statement. */
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

const STATEMENT: Shape = {
  _type: required((value) => (value === STATEMENT_TYPE ? undefined : `expected ${STATEMENT_TYPE}`)),
  subject: required(
    listOf(
      object({
        name: required(matching(/^[\x21-\x7e]{1,255}$/, 'a path')),
        digest: required(
          object({ sha256: required(matching(/^[0-9a-f]{64}$/, '64 lower-case hex digits')) }),
        ),
      }),
      SUBJECTS_MAX,
    ),
  ),
  predicateType: required(matching(/^[\x21-\x7e]{1,255}$/, 'a URI')),
  predicate: required((value) => (isRecord(value) ? undefined : 'expected an object')),
};

/** The bytes of a statement, in canonical JSON. */
export function printStatement({ subjects, predicateType, predicate }: Statement): Uint8Array {
  const value = {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType,
    predicate,
  };
  const bytes = Buffer.from(printCanonicalJson(value, FORMAT), 'utf8');
  parseStatement(bytes);
  return bytes;
}

/** @throws {FormatError} naming the field that is wrong */
export function parseStatement(bytes: Uint8Array): Statement {
  const value: JsonValue = parseCanonicalJson(bytes, {
    format: FORMAT,
    maxBytes: ENVELOPE_SIZE_MAX,
  });
  requireShape(FORMAT, value, STATEMENT);
  const { subject, predicateType, predicate } = value as unknown as {
    readonly subject: readonly { readonly name: string; readonly digest: { sha256: string } }[];
    readonly predicateType: string;
    readonly predicate: JsonObject;
  };
  if (subject.length === 0) throw new FormatError(FORMAT, 'there is none', { field: 'subject' });
  const subjects = subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 }));
  return { subjects, predicateType, predicate };
}
