/**
 * What a build system tells of itself, for provenance: a JSON file in the words of SLSA (docs/formats/attestations.md, "Build record").
 * What it says is passed on as it is; nobody checks it but whoever signs.
 */
import type { JsonObject } from '../../util/canonical-json.js';
import { isRecord } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { parseJsonDocument } from '../json-document.js';
import {
  listOf,
  matching,
  object,
  optional,
  required,
  requireShape,
  type Rule,
  type Shape,
} from '../shape.js';

/** Something that the build used (in-toto ResourceDescriptor). One of `uri` and `digest` is there. */
export interface Dependency {
  readonly uri?: string;
  readonly name?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: JsonObject;
}

export interface BuildRecord {
  /** Where the tree was built, as a URI. */
  readonly builder?: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
  readonly invocationId?: string;
  /** What was asked of the build: names to texts. */
  readonly externalParameters?: Readonly<Record<string, string>>;
  readonly resolvedDependencies?: readonly Dependency[];
}

/** Longest build record, in bytes. */
export const BUILD_RECORD_MAX = 8 << 20;
const DEPENDENCIES_MAX = 20_000;
const PARAMETERS_MAX = 256;
const FORMAT = 'build record';

const printable = matching(/^[\x20-\x7e]{1,1024}$/, '1 to 1024 printable ASCII characters');

const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]{1,1000}$/;
const uri: Rule = matching(URI, 'a URI with its scheme');

/** RFC 3986, as far as a scheme and no spaces. */
export function isUri(text: string): boolean {
  return URI.test(text);
}

/** An object of texts. */
const texts: Rule = (value, field) => {
  if (!isRecord(value)) return 'expected an object';
  const entries = Object.entries(value);
  if (entries.length > PARAMETERS_MAX) return `has more than ${PARAMETERS_MAX} keys`;
  for (const [key, text] of entries) {
    const problem = printable(key, field) ?? printable(text, field);
    if (problem !== undefined) return `${JSON.stringify(key.slice(0, 80))}: ${problem}`;
  }
  return undefined;
};

/** in-toto DigestSet: algorithms to lower-case hex digits. */
const digestSet: Rule = (value, field) => {
  const problem = texts(value, field);
  if (problem !== undefined) return problem;
  const entries = Object.entries(value as Record<string, string>);
  const wrong = entries.find(
    ([name, digest]) => !/^[A-Za-z0-9_]{1,32}$/.test(name) || !/^[0-9a-f]{8,128}$/.test(digest),
  );
  if (wrong !== undefined || entries.length === 0) return 'expected names of hashes to hex digits';
  return undefined;
};

/** One of `uri` and `digest` must be there. */
const dependency: Rule = (value, field) => {
  const problem = object({
    uri: optional(uri),
    name: optional(printable),
    digest: optional(digestSet),
    annotations: optional(texts),
  })(value, field);
  if (problem !== undefined || !isRecord(value)) return problem;
  return value['uri'] === undefined && value['digest'] === undefined
    ? 'has neither uri nor digest'
    : undefined;
};

const RECORD: Shape = {
  builder: optional(object({ id: required(uri), version: optional(texts) })),
  invocationId: optional(printable),
  externalParameters: optional(texts),
  resolvedDependencies: optional(listOf(dependency, DEPENDENCIES_MAX)),
};

/** @throws {FormatError} naming the field that is wrong; a key that is not known is an error, for it would be lost */
export function parseBuildRecord(bytes: Uint8Array): BuildRecord {
  const value = parseJsonDocument(FORMAT, bytes, BUILD_RECORD_MAX);
  requireShape(FORMAT, value, RECORD);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(RECORD, key));
  if (unknown !== undefined)
    throw new FormatError(FORMAT, 'there is no such field', { field: unknown.slice(0, 80) });
  return value;
}
