/**
 * Attestations against cosign of Debian 13, debsbom of its backports, in the folder that ROOTSEAL_TEST_ATTESTATION_TOOLS names
 * (`npm test` sees to it, test/setup/attestation-tools.mjs), and the schema of CycloneDX 1.6.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { execa } from 'execa';
import { parseAttestation } from '../../src/formats/attestation/check-attestation.js';
import { CHECKOUT } from '../helpers/boot-program.js';
import { templateRepository } from '../helpers/repository.js';

const TOOLS = process.env['ROOTSEAL_TEST_ATTESTATION_TOOLS'];
const skip = TOOLS === undefined && 'cosign and debsbom are missing (npm test unpacks them)';
const tool = (name: string) => join(TOOLS ?? '', 'bin', name);
const STATUS = '/var/lib/dpkg/status';
const noStatus = !fs.existsSync(STATUS) && 'this machine is no Debian';

/** The packages of this machine, in a tree. */
const attested = templateRepository((repository) => {
  const key = join(repository.scratch, 'key');
  repository.expect(['key', 'generate', 'release.example.org', '--output', key]);
  const status = fs.existsSync(STATUS) ? fs.readFileSync(STATUS, 'utf8') : '';
  const tree = repository.tree({
    'usr/lib/os-release': 'ID=debian\nVERSION_ID="13"\n',
    'etc/debian_version': '13.2\n',
    'var/lib/dpkg/status': status,
  });
  const commit = repository.expect(['commit', tree, '-b', 'main', '--key', key]);
  const kinds = ['--type', 'slsa', '--type', 'cyclonedx', '--type', 'spdx'];
  const builder = ['--builder-id', 'https://ci.example.org/builders/7'];
  repository.expect(['attest', 'main', ...kinds, ...builder, '--key', key]);
  const pem = repository.expect(['key', 'show', key, '--pem']);
  return { repository, commit, tree, pem };
});

interface Bom {
  readonly components: readonly { readonly purl: string }[];
}

const TYPES = [
  ['slsa', 'slsaprovenance1'],
  ['cyclonedx', 'cyclonedx'],
  ['spdx', 'https://spdx.dev/Document/v3'],
] as const;

for (const [kind, type] of TYPES)
  test(`cosign accepts ${kind} of image and commit, and of no other file`, { skip }, async (t) => {
    const { repository, commit, pem } = attested(t);
    const key = join(repository.scratch, 'key.pem');
    fs.writeFileSync(key, `${pem}\n`);
    const envelope = repository.file(`attestations/${commit}/${kind}.dsse.json`);
    const check = (file: string, signature = envelope) =>
      execa(
        tool('cosign'),
        [
          'verify-blob-attestation',
          ...['--key', key, '--signature', signature, '--type', type],
          ...['--insecure-ignore-tlog=true', file],
        ],
        { reject: false, env: { HOME: repository.scratch } },
      );
    const { statement } = parseAttestation(fs.readFileSync(envelope));
    for (const { name } of statement.subjects) {
      const { exitCode, stderr } = await check(repository.file(name));
      assert.equal(exitCode, 0, stderr);
    }
    const other = await check(key);
    assert.notEqual(other.exitCode, 0);
    assert.match(other.stderr, /subject digest/);
    const damaged = join(repository.scratch, 'damaged');
    const text = fs.readFileSync(envelope, 'utf8');
    fs.writeFileSync(damaged, text.replace('"sig":"', '"sig":"AAAA').replace(/.{4}"\}\]/, '"}]'));
    const refused = await check(repository.file(`commits/${commit}`), damaged);
    assert.notEqual(refused.exitCode, 0);
  });

test(
  'debsbom finds the same binary packages in the tree',
  { skip: skip === false ? noStatus : skip },
  async (t) => {
    const { repository, commit, tree } = attested(t);
    const out = join(repository.scratch, 'debsbom');
    const words = ['generate', '-t', 'cdx', '-r', tree, '-o', out, '--distro-arch', 'amd64'];
    await execa(tool('debsbom'), words);
    const theirs = JSON.parse(fs.readFileSync(`${out}.cdx.json`, 'utf8')) as Bom;
    const bytes = fs.readFileSync(repository.file(`attestations/${commit}/cyclonedx.dsse.json`));
    const ours = parseAttestation(bytes).statement.predicate as unknown as Bom;
    // Source packages are components of their own there, and the distribution is not in the URL.
    const binaries = theirs.components
      .map(({ purl }) => purl)
      .filter((purl) => !purl.endsWith('?arch=source'));
    assert.ok(binaries.length > 20, String(binaries.length));
    assert.deepEqual(
      ours.components.map(({ purl }) => purl.replace('&distro=debian-13', '')).sort(),
      binaries.sort(),
    );
  },
);

test('the bill of materials is one by the schema of CycloneDX 1.6', (t) => {
  const { repository, commit } = attested(t);
  const bytes = fs.readFileSync(repository.file(`attestations/${commit}/cyclonedx.dsse.json`));
  const bom = parseAttestation(bytes).statement.predicate;
  const isValid = cycloneDx();
  assert.equal(isValid(bom), true);
  assert.equal(isValid({ ...bom, specVersion: 1.6 }), false);
});

/** The schemas are data of a library; formats of strings are not looked at. */
function cycloneDx(): (bom: unknown) => boolean {
  const directory = join(CHECKOUT, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
  const read = (name: string) =>
    JSON.parse(fs.readFileSync(join(directory, name), 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'])
    ajv.addSchema({ ...read(name), $id: `http://cyclonedx.org/schema/${name}` });
  const validate = ajv.compile(read('bom-1.6.SNAPSHOT.schema.json'));
  return (bom) => validate(bom);
}
