/** The kinds of attestation that there are: their names, and what each must say of the release that it is about. */
import type { JsonObject } from '../../util/canonical-json.js';
import { CYCLONEDX_TYPE, imageOfBom } from '../cyclonedx/bom.js';
import type { Statement } from '../in-toto/statement.js';
import { imageOfProvenance, PROVENANCE_TYPE } from '../slsa/slsa-provenance.js';
import { imageOfDocument, SPDX_TYPE } from '../spdx/document.js';
import { subjectProblem, type AttestedRelease } from './attested.js';

/** In the order in which they are listed. */
export const ATTESTATION_KINDS = ['slsa', 'cyclonedx', 'spdx'] as const;
export type AttestationKind = (typeof ATTESTATION_KINDS)[number];

interface KindFacts {
  readonly predicateType: string;
  /** The image that the predicate itself names; undefined when it names none. */
  readonly imageOf: (predicate: JsonObject) => NamedImage | undefined;
}

/** A predicate names an image by its typed digest, or by the SHA-256 of its file. */
export type NamedImage = { readonly typed: string } | { readonly sha256: string };

const KINDS: Readonly<Record<AttestationKind, KindFacts>> = {
  slsa: { predicateType: PROVENANCE_TYPE, imageOf: imageOfProvenance },
  cyclonedx: { predicateType: CYCLONEDX_TYPE, imageOf: imageOfBom },
  spdx: { predicateType: SPDX_TYPE, imageOf: imageOfDocument },
};

export function predicateTypeOf(kind: AttestationKind): string {
  return KINDS[kind].predicateType;
}

/** Says what is wrong with a statement, or nothing when it is one of this kind about the release. */
export function statementProblem(
  kind: AttestationKind,
  statement: Statement,
  release: AttestedRelease,
): string | undefined {
  const { predicateType, imageOf } = KINDS[kind];
  if (statement.predicateType !== predicateType)
    return `it is a statement of the kind ${statement.predicateType}, not ${predicateType}`;
  const problem = subjectProblem(statement, release);
  if (problem !== undefined) return problem;
  const named = imageOf(statement.predicate);
  if (named === undefined) return 'its predicate does not name the image';
  const isOurs =
    'typed' in named ? named.typed === release.commit.image : named.sha256 === release.image.sha256;
  return isOurs ? undefined : 'its predicate names another image';
}
