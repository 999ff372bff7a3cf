/** Every command of the registry with `--json`: one document, as its schema says, and nothing but documents beside it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { rootseal } from '../helpers/cli.js';
import { everyCommand, Workshop } from '../helpers/every-command.js';
import { requireDocument, requireRemarks } from '../helpers/schema.js';

const ends: (() => unknown)[] = [];
const workshop = Workshop.make({ after: (end) => ends.push(end) });
after(async () => {
  for (const end of ends.reverse()) await end();
});

const onSysroot = ['--sysroot', workshop.sysroot.directory];

/** Schema of the document of each command, and how it is called where the workshop does not know. */
const DOCUMENTS: Readonly<Record<string, readonly [schema: string, words?: () => string[]]>> = {
  status: ['status'],
  upgrade: ['upgrade'],
  switch: ['upgrade', () => ['origin/main', '--stage', ...onSysroot]],
  rollback: ['change', afterDeployment],
  kargs: ['kargs'],
  'etc diff': ['etc-diff'],
  'etc settle': ['etc-settle', () => onSysroot],
  deploy: ['change'],
  undeploy: ['change', () => ['staged', ...onSysroot]],
  pin: ['change'],
  unpin: ['change'],
  repair: ['repair'],
  doctor: ['doctor'],
  init: ['init'],
  commit: ['commit'],
  seal: ['seal'],
  'seal request': ['seal-request'],
  'seal review': ['seal-review'],
  'seal sign': ['seal-sign'],
  'seal attach': ['seal-attach'],
  attest: ['attest'],
  verify: ['verify'],
  'key generate': ['key'],
  'key show': ['key'],
  'key import': ['key', importWords],
  log: ['log'],
  show: ['show'],
  diff: ['diff'],
  report: ['report'],
  ls: ['entries'],
  checkout: ['checkout', () => ['main', workshop.fresh()]],
  export: ['export', () => ['main', '--output', workshop.fresh()]],
  'branch list': ['refs'],
  'branch set': ['ref'],
  'branch delete': ['ref', () => ['other']],
  'tag list': ['refs'],
  'tag set': ['ref'],
  'tag delete': ['ref', () => ['v0']],
  'rev-parse': ['rev-parse'],
  fsck: ['fsck'],
  gc: ['gc'],
  du: ['du'],
  'remote add': ['remote', () => ['second', '/srv/os']],
  'remote list': ['remotes'],
  'remote branches': ['refs', () => ['origin']],
  'remote remove': ['remote-removed', () => ['second']],
  pull: ['pull'],
  lint: ['lint'],
  'image create': ['image'],
  'image digest': ['image-digest'],
  'image ls': ['entries'],
  'image objects': ['objects'],
  'image missing': ['objects'],
  'secure-boot generate-keys': ['secure-boot-keys'],
  'secure-boot enroll-files': ['secure-boot-enroll-files'],
  'secure-boot sign': ['secure-boot-sign'],
  'secure-boot revoke': ['secure-boot-revoke'],
  'verity digest': ['verity'],
  'verity enable': ['verity', () => [workshop.file('key')]],
  'verity measure': ['verity', () => [workshop.file('key')]],
  'finalize-staged': ['change', () => onSysroot],
  'boot-complete': ['change', () => onSysroot],
  bless: ['change', () => ['default', ...onSysroot]],
  help: ['help'],
  'completion bash': ['completion', () => []],
  'completion zsh': ['completion', () => []],
  'completion fish': ['completion', () => []],
  'completion names': ['completion-names', () => ['branch']],
};

/** Those that need a machine, a mount or a kernel, and the test that has their document. */
const ELSEWHERE: Readonly<Record<string, readonly [schema: string, test: string]>> = {
  'image mount': ['mount', 'system/image-mount.test.ts'],
  'image umount': ['directory', 'system/image-mount.test.ts'],
  'disk build': ['disk-build', 'helpers/disk.ts'],
  'initramfs build': ['initramfs', 'cli/initramfs.test.ts'],
  'uki build': ['uki-build', 'cli/uki.test.ts'],
  'uki show': ['uki-show', 'cli/uki.test.ts'],
  'uki verify': ['uki-verify', 'cli/uki.test.ts'],
  'install to-disk': ['install-to-disk', 'vm/uml/inside/install.test.ts'],
  'install to-filesystem': ['install-to-filesystem', 'vm/uml/inside/install.test.ts'],
  health: ['health', 'unit/formats/health/health-report.test.ts'],
  'usr-overlay': ['directory', 'vm/upgrade.test.ts'],
  'boot-failed': ['boot-failed', 'vm/upgrade.test.ts'],
};

/** Why a command has no document. */
const NONE: Readonly<Record<string, string>> = {
  cat: 'what it prints is the content of a file',
  'image dump': 'what it prints is a composefs dump, which is for programs',
};

/** So that there is a deployment before the default. */
function afterDeployment(): string[] {
  const { sysroot } = workshop;
  sysroot.expect(['deploy', sysroot.release('2.1')]);
  return onSysroot;
}

function importWords(): string[] {
  const seed = workshop.file('seed');
  fs.writeFileSync(seed, '11'.repeat(32));
  return [seed, '--name', 'imported.example.org', '--output', workshop.fresh()];
}

const commands = (await everyCommand()).map(({ declaration }) => declaration.words);

test('every command has a document, or a reason to have none', () => {
  const told = [DOCUMENTS, ELSEWHERE, NONE].flatMap((table) => Object.keys(table));
  assert.deepEqual([...told].sort(), [...commands].sort());
  const page = fs.readFileSync(join(CHECKOUT, 'docs/man/rootseal.1.md'), 'utf8');
  for (const command of Object.keys(NONE)) assert.ok(page.includes(`\`rootseal ${command}\``));
});

for (const [words, [name, call]] of Object.entries(DOCUMENTS))
  test(`rootseal ${words} --json prints what docs/schema/${name}.json says`, () => {
    const args = call === undefined ? workshop.wordsFor(words) : [...words.split(' '), ...call()];
    assert.ok(args, 'there is a call of it');
    const { stdout, stderr, status } = workshop.call([...args, '--json']);
    requireRemarks(stderr);
    if (words.startsWith('verity') && status === 14) {
      requireDocument('verity', stdout);
      return;
    }
    assert.ok([0, 3, 77].includes(status ?? -1), stderr);
    const isUnchanged =
      status === 77 && stdout.startsWith('{"version":1,"changed":false,"message"');
    requireDocument(isUnchanged ? 'unchanged' : name, stdout);
  });

for (const [words, [name, file]] of Object.entries(ELSEWHERE))
  test(`the document of rootseal ${words} is looked at in ${file}`, () => {
    const text = fs.readFileSync(join(CHECKOUT, 'test', file), 'utf8');
    assert.ok(text.includes(`('${name}'`) || text.includes(`/${name}.json`), `${name} in ${file}`);
  });

test('--version --json is a document', () => {
  requireDocument('version', rootseal(['--version', '--json']).stdout);
  requireDocument('version', rootseal(['status', '--json', '--version']).stdout);
});

test('gc --explain and a command with nothing to do have documents of their own', () => {
  const explained = workshop.call([
    'gc',
    '--explain',
    workshop.sysroot.repository.imageOf('main'),
    '--json',
  ]);
  requireDocument('gc-explain', explained.stdout);
  const again = ['init', workshop.sysroot.repository.path, '--json'];
  requireDocument('unchanged', workshop.call(again).stdout);
});

test('an error is a document beside the remarks, whatever is wrong', () => {
  for (const args of [
    ['show', 'nothing'],
    ['nonsense'],
    ['commit'],
    ['upgrade', ...onSysroot, '--bogus'],
  ]) {
    const { stderr, stdout } = workshop.call([...args, '--json']);
    assert.equal(stdout, '');
    requireRemarks(stderr);
    assert.match(stderr, /"error":/);
  }
});
