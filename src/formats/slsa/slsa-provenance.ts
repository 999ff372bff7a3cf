/**
 * Where a release comes from: SLSA provenance v1 (specification 1.2; docs/formats/attestations.md, "Provenance"). It says what
 * rootseal was told and what it read from commit and tree, and nothing besides; so there are no times in it.
 */
import type { JsonObject } from '../../util/canonical-json.js';
import { isRecord } from '../../util/checks.js';
import type { AttestedRelease } from '../attestation/attested.js';
import type { NamedPackage } from '../attestation/package-url.js';
import type { GitSource, OciSource } from '../commit/commit.js';
import type { BuildRecord, Dependency } from './build-record.js';

export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
/** A package URL that leads to the page that describes it. */
export const BUILD_TYPE = 'pkg:npm/rootseal#docs/formats/attestations.md/commit-v1';

export interface ProvenanceInputs {
  /** Where it was built, as a URI. */
  readonly builderId: string;
  readonly git?: GitSource | undefined;
  readonly oci?: OciSource | undefined;
  readonly record?: BuildRecord | undefined;
  readonly packages: readonly NamedPackage[];
}

/** The predicate. */
export function provenanceOf(release: AttestedRelease, inputs: ProvenanceInputs): JsonObject {
  const { name, version, sequence, image } = release.commit;
  const { builderId, record = {} } = inputs;
  const { invocationId, externalParameters } = record;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        image,
        name,
        release: version,
        sequence,
        ...(externalParameters === undefined ? {} : { build: { ...externalParameters } }),
      },
      resolvedDependencies: dependenciesOf(inputs).map((one) => ({ ...one })),
    },
    runDetails: {
      builder: {
        id: builderId,
        ...(record.builder?.version === undefined ? {} : { version: record.builder.version }),
      },
      ...(invocationId === undefined ? {} : { metadata: { invocationId } }),
    },
  };
}

/** The sources, then what the build record names, then packages of the tree that it does not name. */
function dependenciesOf({ git, oci, record, packages }: ProvenanceInputs): readonly Dependency[] {
  const told = record?.resolvedDependencies ?? [];
  const named = new Set(told.map(({ uri }) => uri));
  return [
    ...(git === undefined ? [] : [gitDependency(git)]),
    ...(oci === undefined ? [] : [ociDependency(oci)]),
    ...told,
    ...packages.filter(({ url }) => !named.has(url)).map(({ url }) => ({ uri: url })),
  ];
}

function gitDependency({ url, commit, dirty, path }: GitSource): Dependency {
  return {
    ...(url === undefined ? { name: 'git' } : { uri: `git+${url}` }),
    digest: { gitCommit: commit },
    annotations: { dirty, ...(path === undefined ? {} : { path }) },
  };
}

function ociDependency({ reference, digest }: OciSource): Dependency {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { name: reference, digest: { [algorithm]: hex } };
}

/** The typed digest that provenance of ours names. */
export function imageOfProvenance(predicate: JsonObject): { readonly typed: string } | undefined {
  const definition = predicate['buildDefinition'];
  const parameters = isRecord(definition) ? definition['externalParameters'] : undefined;
  const image = isRecord(parameters) ? parameters['image'] : undefined;
  return typeof image === 'string' ? { typed: image } : undefined;
}
