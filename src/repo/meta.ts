/** `meta.json`: version, hash algorithm and feature flags of a repository, shared with other composefs tools. */
import type { HashAlgorithm } from '../util/digest.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { isRecord } from '../util/checks.js';

/** Feature flags, after the ext4 model: what a tool must know to read, to write, or neither. */
export interface Features {
  readonly compatible: readonly string[];
  readonly 'read-only-compatible': readonly string[];
  readonly incompatible: readonly string[];
}

export interface RepositoryMeta {
  readonly algorithm: HashAlgorithm;
  /** False when a read-only-compatible feature is unknown. */
  readonly writable: boolean;
  readonly features: Features;
}

/** More than any `meta.json` needs. */
export const META_MAX_SIZE = 65536;

const META_VERSION = 1;
const ALGORITHMS: Readonly<Record<string, HashAlgorithm>> = {
  'fsverity-sha256-12': 'sha256',
  'fsverity-sha512-12': 'sha512',
};
/** Images in this repository have format version 1. */
const READ_ONLY_COMPATIBLE = ['v1_erofs'];

/** The file's bytes for a new repository. */
export function printMeta(algorithm: HashAlgorithm): string {
  return `${JSON.stringify({
    version: META_VERSION,
    algorithm: `fsverity-${algorithm}-12`,
    erofs_formats: { default: 1 },
    features: {
      compatible: ['rootseal'],
      'read-only-compatible': READ_ONLY_COMPATIBLE,
      incompatible: [],
    },
  })}\n`;
}

/**
 * @throws {FormatError} when the text is not that of a `meta.json`
 * @throws {RootsealError} UNSUPPORTED when version, algorithm or an incompatible feature is unknown
 */
export function parseMeta(text: string): RepositoryMeta {
  const document = parseJson(text);
  if (!isRecord(document)) throw new FormatError('meta.json', 'not an object');
  if (document['version'] !== META_VERSION) {
    throw new RootsealError(
      'UNSUPPORTED',
      `meta.json: version ${JSON.stringify(document['version'])} is unknown, expected 1`,
    );
  }
  const algorithm =
    typeof document['algorithm'] === 'string' ? ALGORITHMS[document['algorithm']] : undefined;
  if (algorithm === undefined) {
    throw new RootsealError(
      'UNSUPPORTED',
      `meta.json: algorithm ${JSON.stringify(document['algorithm'])} is unknown`,
    );
  }
  const features = parseFeatures(document['features']);
  if (features.incompatible.length > 0) {
    throw new RootsealError(
      'UNSUPPORTED',
      `meta.json: needs unknown features: ${features.incompatible.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  }
  const writable = features['read-only-compatible'].every((feature) =>
    READ_ONLY_COMPATIBLE.includes(feature),
  );
  return { algorithm, writable, features };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError('meta.json', 'not JSON', {}, cause);
  }
}

function parseFeatures(value: unknown): Features {
  if (value === undefined) return { compatible: [], 'read-only-compatible': [], incompatible: [] };
  if (!isRecord(value)) throw new FormatError('meta.json', 'not an object', { field: 'features' });
  return {
    compatible: parseNames(value, 'compatible'),
    'read-only-compatible': parseNames(value, 'read-only-compatible'),
    incompatible: parseNames(value, 'incompatible'),
  };
}

function parseNames(features: Record<string, unknown>, field: string): string[] {
  const names = features[field] ?? [];
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string')) {
    throw new FormatError('meta.json', 'not a list of names', { field: `features.${field}` });
  }
  return names;
}
