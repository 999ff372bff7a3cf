/** The record on the disk is not believed: nothing that the host does not accept comes to the ESP. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Deployment, KernelArgument } from '../../src/formats/deployment/deployment.js';
import { KernelHash } from '../../src/formats/deployment/kernel-files.js';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { RELEASE } from '../helpers/disk.js';
import { TestSysroot } from '../helpers/sysroot.js';

interface Host {
  readonly sysroot: TestSysroot;
  /** Commits a release that the host accepts. */
  readonly sealed: (version: string, files?: Readonly<Record<string, string>>) => string;
}

/** A host that trusts one key, with one good release. */
function host(t: TestContext): Host {
  const sysroot = TestSysroot.make(t);
  const key = join(sysroot.scratch, 'own.key');
  sysroot.repository.expect(['key', 'generate', 'own.example', '--output', key]);
  const keys = { 'usr/lib/rootseal/keys.d/own.pub': fs.readFileSync(`${key}.pub`, 'utf8') };
  const sealed: Host['sealed'] = (version, files) =>
    sysroot.release(version, { key, files: { ...keys, ...files } });
  sysroot.expect(['deploy', sealed('1')]);
  sysroot.expect(['bless', 'default']);
  return { sysroot, sealed };
}

/** A deployment of a commit that nobody has sealed, as somebody would write it who can write the disk. */
function forged(sysroot: TestSysroot, model: Deployment, serial: number): Deployment {
  const commit = sysroot.release('666', { kernel: 'evil' });
  const shown = sysroot.repository.json(['show', commit]);
  const { image, sequence } = shown as { image: string; sequence: number };
  const [vmlinuz, initrd] = [
    Buffer.from('evil '.repeat(1000)),
    Buffer.from('initramfs '.repeat(1000)),
  ];
  const sizes = { vmlinuz: vmlinuz.length, initrd: initrd.length };
  const hash = new KernelHash();
  for (const content of [vmlinuz, initrd]) {
    hash.begin({ size: content.length });
    hash.update(content);
  }
  const id = image.slice(image.indexOf(':') + 1);
  // The state of another one will do: whoever writes the record writes this, too.
  fs.cpSync(sysroot.file(`state/deploy/${model.id}`), sysroot.file(`state/deploy/${id}`), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return {
    ...model,
    ...{ id, serial, commit, image, sequence, release: '666' },
    kernel: { release: RELEASE, hash: hash.end(), sizes },
    arguments: [
      { value: `composefs.digest=${image}`, from: 'rootseal' },
      { value: 'init=/bin/sh', from: 'verb' },
    ],
  };
}

type Edit = (record: DeploymentRecord) => DeploymentRecord;

function editRecord(sysroot: TestSysroot, edit: Edit): void {
  const file = sysroot.file('state/deployments.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as DeploymentRecord;
  fs.writeFileSync(file, JSON.stringify(edit(record), undefined, 1));
}

/** Everything on the ESP, with the contents of boot entries. */
function esp(sysroot: TestSysroot): string[] {
  const entries = sysroot
    .entries()
    .map((file) => fs.readFileSync(sysroot.file(`boot/loader/entries/${file}`), 'utf8'));
  return [...sysroot.kernels(), ...entries];
}

/** Verbs that go by the record, and whether they are refused or only leave the image out. */
const ROLES: readonly (readonly [role: string, verbs: readonly (readonly [string, boolean])[]])[] =
  [
    [
      'staged',
      [
        ['finalize-staged', true],
        ['repair', false],
        ['finalize-staged', true],
        ['boot-complete', false],
        ['bless default', false],
      ],
    ],
    [
      'default',
      [
        ['repair', false],
        ['boot-complete', false],
        ['bless default', false],
        ['pin #1', false],
      ],
    ],
    [
      'rollback',
      [
        ['repair', false],
        ['boot-complete', false],
        ['rollback', true],
      ],
    ],
  ];

for (const [role, verbs] of ROLES)
  test(`an image that nobody sealed and that the record calls ${role} comes to the ESP by no verb`, (t) => {
    const { sysroot } = host(t);
    const before = esp(sysroot);
    editRecord(sysroot, (record) => {
      const [model] = record.deployments;
      assert.ok(model);
      const evil = forged(sysroot, model, record.serial + 1);
      return {
        ...record,
        serial: evil.serial,
        deployments: [evil, ...record.deployments],
        rollback: role === 'default' ? record.default : record.rollback,
        [role]: evil.id,
      };
    });
    for (const [verb, isRefused] of verbs) {
      const { status, stderr } = sysroot.call(verb.split(' '));
      assert.doesNotMatch(stderr, /TypeError| at file:/);
      if (isRefused) assert.notEqual(status, 0, verb);
      else assert.ok([0, 1, 3].includes(status ?? -1), `${verb}: ${stderr}`);
      assert.deepEqual(esp(sysroot), before, verb);
    }
  });

test('an image that was put into the record in the place of the one that is sealed is refused', (t) => {
  const { sysroot, sealed } = host(t);
  sysroot.expect(['deploy', sealed('2'), '--stage']);
  editRecord(sysroot, (record) => {
    const [staged, ...others] = record.deployments;
    assert.ok(staged);
    const { id, image, arguments: list } = forged(sysroot, staged, staged.serial);
    const { kernel } = staged;
    return {
      ...record,
      staged: id,
      deployments: [{ ...staged, id, image, kernel, arguments: list }, ...others],
    };
  });
  const before = esp(sysroot);
  const { status, stderr } = sysroot.call(['finalize-staged']);
  assert.match(stderr, /what its commit does not say/);
  assert.equal(status, 12);
  assert.deepEqual(esp(sysroot), before);
});

const FORGED: readonly KernelArgument[] = [
  { value: 'init=/bin/sh', from: 'image:/usr/lib/rootseal/kargs.d/10.toml' },
  { value: 'init=/bin/sh', from: 'rootseal' },
  { value: 'init=/bin/sh', from: 'nobody' },
  { value: 'composefs.digest=v1-sha256-12:00', from: 'verb' },
  { value: '"root=/dev/sda"', from: 'machine:/etc/rootseal/kargs.d/1.toml' },
];

test('kernel arguments in the record that no known source asked for are refused, and others are not', (t) => {
  const { sysroot, sealed } = host(t);
  const files = { 'usr/lib/rootseal/kargs.d/10.toml': 'kargs = ["quiet"]\n' };
  sysroot.expect(['deploy', sealed('2', files), '--stage', '--karg-append', 'debug']);
  const before = esp(sysroot);
  const whole = fs.readFileSync(sysroot.file('state/deployments.json'));
  for (const argument of FORGED) {
    fs.writeFileSync(sysroot.file('state/deployments.json'), whole);
    editRecord(sysroot, (record) => ({
      ...record,
      deployments: record.deployments.map((one) =>
        one.id === record.staged ? { ...one, arguments: [...one.arguments, argument] } : one,
      ),
    }));
    const { status, stderr } = sysroot.call(['finalize-staged']);
    assert.equal(status, 12, `${argument.from}: ${stderr}`);
    assert.match(stderr, /a kernel argument of no known source/);
    assert.deepEqual(esp(sysroot), before);
  }
  fs.writeFileSync(sysroot.file('state/deployments.json'), whole);
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
});

test('status says by the record who has sealed what does not run', (t) => {
  const { sysroot } = host(t);
  assert.match(sysroot.expect(['status']), /by the record, own\.example$/m);
});

test('a rollback to a release whose key the host does not trust any more is refused, and the entry that it has stays', (t) => {
  const { sysroot, sealed } = host(t);
  const key = join(sysroot.scratch, 'new.key');
  sysroot.repository.expect(['key', 'generate', 'new.example', '--output', key]);
  const keys = { 'usr/lib/rootseal/keys.d/new.pub': fs.readFileSync(`${key}.pub`, 'utf8') };
  for (const release of [sealed('2', keys), sysroot.release('3', { key, files: keys })]) {
    sysroot.expect(['deploy', release]);
    sysroot.expect(['bless', 'default']);
  }
  const before = esp(sysroot);
  const { status, stderr } = sysroot.call(['rollback']);
  assert.equal(status, 12, stderr);
  assert.match(stderr, /it cannot be rolled back: this host refuses the seal/);
  assert.match(stderr, /hint: its boot entry is kept/);
  assert.deepEqual(esp(sysroot), before);
  assert.equal(sysroot.role('default'), '3');
});
