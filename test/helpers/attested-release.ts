/** A release, its packages and keys, for tests of attestations without a repository. */
import type { AttestedRelease } from '../../src/formats/attestation/attested.js';
import type { AttestationKind } from '../../src/formats/attestation/attestation-kinds.js';
import { predicateTypeOf } from '../../src/formats/attestation/attestation-kinds.js';
import { subjectsOf } from '../../src/formats/attestation/attested.js';
import { namePackages } from '../../src/formats/attestation/package-url.js';
import { encodeCommit } from '../../src/formats/commit/codec.js';
import { commitId, type Commit } from '../../src/formats/commit/commit.js';
import { bomOf } from '../../src/formats/cyclonedx/bom.js';
import { preAuthEncoding, type Envelope } from '../../src/formats/dsse/envelope.js';
import { printStatement, STATEMENT_MEDIA_TYPE } from '../../src/formats/in-toto/statement.js';
import type { Package } from '../../src/formats/packages/package.js';
import { ed25519Sign } from '../../src/formats/seal/ed25519.js';
import { signerKeyFromSeed, type SignerKey } from '../../src/formats/seal/key.js';
import { parseBuildRecord } from '../../src/formats/slsa/build-record.js';
import { provenanceOf } from '../../src/formats/slsa/slsa-provenance.js';
import { documentOf } from '../../src/formats/spdx/document.js';

const COMMIT: Commit = {
  format: 1,
  image: `v1-sha256-12:${'ab'.repeat(32)}`,
  imageSize: 4096,
  name: 'debian-trixie',
  version: '13.2',
  sequence: 1795428000,
  time: '2026-11-23T10:00:00Z',
  files: 3,
  bytes: 12,
  os: { id: 'debian', versionId: '13' },
  source: {
    git: {
      url: 'https://example.org/images.git',
      commit: '1'.repeat(40),
      dirty: false,
      path: 'trixie',
    },
    oci: { reference: 'docker.io/library/debian:13', digest: `sha256:${'2'.repeat(64)}` },
  },
};

export const RELEASE: AttestedRelease = releaseOf(COMMIT, true);

/** Another one, of another image. */
export const OTHER_RELEASE: AttestedRelease = {
  ...releaseOf({ ...COMMIT, image: `v1-sha256-12:${'cd'.repeat(32)}` }, false),
  image: { name: `objects/cd/${'cd'.repeat(31)}`, sha256: '4'.repeat(64) },
};

function releaseOf(commit: Commit, withUki: boolean): AttestedRelease {
  const id = commitId(encodeCommit(commit));
  return {
    id,
    commit,
    image: { name: `objects/ab/${'ab'.repeat(31)}`, sha256: '3'.repeat(64) },
    uki: withUki ? { name: `ukis/${id}`, sha256: '5'.repeat(64) } : undefined,
  };
}

export const PACKAGES: readonly Package[] = [
  {
    manager: 'dpkg',
    name: 'libstdc++6',
    version: '14.2.0-19',
    architecture: 'amd64',
    source: { name: 'gcc-14', version: '14.2.0-19' },
  },
  {
    manager: 'dpkg',
    name: 'bash',
    version: '5.2.37-2+b8',
    architecture: 'amd64',
    source: { name: 'bash', version: '5.2.37-2' },
  },
  { manager: 'dpkg', name: 'zlib1g', version: '1:1.3.dfsg+really1.3.1-1', architecture: 'amd64' },
];

const RECORD = parseBuildRecord(
  Buffer.from(
    JSON.stringify({
      builder: { id: 'https://ci.example.org/builders/7', version: { mmdebstrap: '1.5.7' } },
      invocationId: 'run-4711',
      externalParameters: { suite: 'trixie', snapshot: '20261101T000000Z' },
      resolvedDependencies: [
        {
          uri: 'pkg:deb/debian/bash@5.2.37-2%2Bb8?arch=amd64&distro=debian-13',
          digest: { sha256: '6'.repeat(64) },
        },
      ],
    }),
  ),
);

/** The statement of a kind about a release, in bytes. */
export function statementOf(kind: AttestationKind, release = RELEASE): Uint8Array {
  const packages = namePackages(PACKAGES, release.commit.os);
  const { source } = release.commit;
  const predicates = {
    slsa: () =>
      provenanceOf(release, {
        builderId: 'https://ci.example.org/builders/7',
        git: source?.git,
        oci: source?.oci,
        record: RECORD,
        packages,
      }),
    cyclonedx: () => bomOf(release, packages),
    spdx: () => documentOf(release, packages),
  };
  return printStatement({
    subjects: subjectsOf(release),
    predicateType: predicateTypeOf(kind),
    predicate: predicates[kind](),
  });
}

export const SIGNER = signerKeyFromSeed('release.example.org', Buffer.alloc(32, 1));
export const STRANGER = signerKeyFromSeed('elsewhere.example.org', Buffer.alloc(32, 2));

/** An envelope of a payload by these keys. */
export function signEnvelope(
  payload: Uint8Array,
  keys: readonly SignerKey[] = [SIGNER],
  payloadType = STATEMENT_MEDIA_TYPE,
): Envelope {
  const message = preAuthEncoding({ payload, payloadType });
  const signatures = keys.map(({ name, keyId, seed }) => ({
    name,
    keyId,
    signature: ed25519Sign(message, seed),
  }));
  return { payload, payloadType, signatures };
}
