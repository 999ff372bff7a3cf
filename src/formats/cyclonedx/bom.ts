/** The packages of a release as a CycloneDX 1.6 bill of materials (ECMA-424; docs/formats/attestations.md, "CycloneDX"). */
import type { JsonObject } from '../../util/canonical-json.js';
import { isRecord } from '../../util/checks.js';
import { uuidOf, type AttestedRelease } from '../attestation/attested.js';
import type { NamedPackage } from '../attestation/package-url.js';

export const CYCLONEDX_TYPE = 'https://cyclonedx.org/bom';

/** The predicate, which is the bill itself. */
export function bomOf(
  { id, commit, image }: AttestedRelease,
  packages: readonly NamedPackage[],
): JsonObject {
  const release = `commit:${id}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(id)}`,
    version: 1,
    metadata: {
      timestamp: commit.time,
      tools: { components: [{ type: 'application', name: 'rootseal' }] },
      component: {
        'bom-ref': release,
        type: 'operating-system',
        name: commit.name,
        version: commit.version,
        hashes: [{ alg: 'SHA-256', content: image.sha256 }],
        properties: [{ name: 'rootseal:image', value: commit.image }],
      },
    },
    components: packages.map(componentOf),
    // Files that no package owns are not in it.
    compositions: [{ aggregate: 'incomplete', assemblies: [release] }],
  };
}

function componentOf({ url, name, version, source }: NamedPackage): JsonObject {
  const properties = [
    ...(source === undefined ? [] : [{ name: 'rootseal:source-name', value: source.name }]),
    ...(source?.version === undefined
      ? []
      : [{ name: 'rootseal:source-version', value: source.version }]),
  ];
  return {
    'bom-ref': url,
    type: 'library',
    name,
    version,
    purl: url,
    ...(properties.length === 0 ? {} : { properties }),
  };
}

/** The image that a bill of ours is of. */
export function imageOfBom(predicate: JsonObject): { readonly sha256: string } | undefined {
  const { metadata } = predicate;
  const component = isRecord(metadata) ? metadata['component'] : undefined;
  const hashes = isRecord(component) ? component['hashes'] : undefined;
  const [hash] = Array.isArray(hashes) ? (hashes as readonly unknown[]) : [];
  const isSha256 = isRecord(hash) && hash['alg'] === 'SHA-256';
  return isSha256 && typeof hash['content'] === 'string' ? { sha256: hash['content'] } : undefined;
}
