/**
 * The packages of a release as an SPDX 3.0.1 document in JSON-LD (profiles core and software; docs/formats/attestations.md, "SPDX").
 */
import type { JsonObject } from '../../util/canonical-json.js';
import { isRecord } from '../../util/checks.js';
import { uuidOf, type AttestedRelease } from '../attestation/attested.js';
import type { NamedPackage } from '../attestation/package-url.js';

export const SPDX_TYPE = 'https://spdx.dev/Document/v3';
const CREATION = '_:creation';

/** The predicate, which is the document itself. */
export function documentOf(
  { id, commit, image }: AttestedRelease,
  packages: readonly NamedPackage[],
): JsonObject {
  const spdxId = (name: string): string => `urn:uuid:${uuidOf(id)}#${name}`;
  const element = (type: string, name: string) => ({
    type,
    spdxId: spdxId(name),
    creationInfo: CREATION,
  });
  const release = element('software_Package', 'release');
  const installed = packages.map(({ url, ...one }) => ({
    ...element('software_Package', url),
    name: one.name,
    software_packageVersion: one.version,
    software_packageUrl: url,
    ...sourceInfoOf(one),
  }));
  const ids = installed.map((one) => one.spdxId);
  return {
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [
      {
        type: 'CreationInfo',
        '@id': CREATION,
        specVersion: '3.0.1',
        created: commit.time,
        createdBy: [spdxId('rootseal')],
      },
      { ...element('SoftwareAgent', 'rootseal'), name: 'rootseal' },
      {
        ...element('SpdxDocument', 'document'),
        profileConformance: ['core', 'software'],
        rootElement: [spdxId('sbom')],
      },
      {
        ...element('software_Sbom', 'sbom'),
        software_sbomType: ['analyzed'],
        rootElement: [release.spdxId],
        ...(ids.length === 0 ? {} : { element: ids }),
      },
      {
        ...release,
        name: commit.name,
        software_packageVersion: commit.version,
        software_primaryPurpose: 'operatingSystem',
        verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: image.sha256 }],
      },
      ...installed,
      ...(ids.length === 0
        ? []
        : [{ ...element('Relationship', 'contains'), ...containing(release.spdxId, ids) }]),
    ],
  };
}

/** Files that no package owns are not in it. */
function containing(from: string, to: readonly string[]): JsonObject {
  return { from, relationshipType: 'contains', to, completeness: 'incomplete' };
}

function sourceInfoOf({ source }: Omit<NamedPackage, 'url'>): JsonObject {
  if (source === undefined) return {};
  const version = source.version === undefined ? '' : ` ${source.version}`;
  return { software_sourceInfo: `built from the source package ${source.name}${version}` };
}

/** The image that a document of ours is of: what its bill has as its root. */
export function imageOfDocument(predicate: JsonObject): { readonly sha256: string } | undefined {
  const graph: unknown = predicate['@graph'];
  const elements = (Array.isArray(graph) ? (graph as readonly unknown[]) : []).filter(isRecord);
  const [root, ...others] = elements.filter(
    ({ type, software_primaryPurpose: purpose }) =>
      type === 'software_Package' && purpose === 'operatingSystem',
  );
  const used = others.length > 0 ? undefined : root?.['verifiedUsing'];
  const [hash] = Array.isArray(used) ? (used as readonly unknown[]) : [];
  const isSha256 = isRecord(hash) && hash['algorithm'] === 'sha256';
  return isSha256 && typeof hash['hashValue'] === 'string'
    ? { sha256: hash['hashValue'] }
    : undefined;
}
