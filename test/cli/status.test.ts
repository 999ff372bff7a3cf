/** What `rootseal status` says of a host, and which states its `--check` finds. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TestSysroot } from '../helpers/sysroot.js';
import { TIME } from '../helpers/repository.js';

/** Release 1 is deployed and good. */
function deployed(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  return sysroot;
}

/** Makes the boot loader give the newest deployment up, and the host take note of it. */
function failNewest(sysroot: TestSysroot): void {
  const entries = sysroot.file('boot/loader/entries');
  const newest = sysroot.entries().at(-1) ?? '';
  fs.renameSync(join(entries, newest), join(entries, newest.replace('+3', '+0-3')));
  sysroot.expect(['boot-complete']);
}

/** Release 2 was deployed over a file that was changed here, and is good. */
function withConflict(t: TestContext): TestSysroot {
  const sysroot = deployed(t);
  fs.writeFileSync(sysroot.state('default', 'etc/version'), 'mine\n');
  const { stderr } = sysroot.call(['deploy', sysroot.release('2'), '--stage']);
  assert.equal(stderr, '1 conflict in /etc to come: `rootseal etc diff --against staged`\n');
  return sysroot;
}

function text(sysroot: TestSysroot, ...options: string[]): string {
  return sysroot.expect(['status', ...options]);
}

/** The lines of the text that begin a deployment. */
function headings(shown: string): string[] {
  return shown.split('\n').filter((line) => /^[ *!] [^ ]/.test(line));
}

test('a release that failed here is found by --check and tagged, until a newer one takes its place', (t) => {
  const sysroot = deployed(t);
  sysroot.expect(['status', '--check']);
  sysroot.expect(['deploy', sysroot.release('2')]);
  failNewest(sysroot);
  const shown = sysroot.expect(['status', '--check'], 3);
  assert.match(shown, /^! 2 +FAILED +[0-9a-f]{12} /m);
  assert.match(
    shown,
    /^ {4}\d{4}-\d\d-\d\d \d\d:\d\d UTC: it did not finish booting in \d+ (?:try|tries)/m,
  );
  assert.match(shown, /^ {2}release 2 of os failed here: this machine stays on 1$/m);
  assert.deepEqual(sysroot.status().problems, [
    'release 2 of os failed here: this machine stays on 1',
  ]);
  sysroot.expect(['deploy', sysroot.release('3')]);
  sysroot.expect(['status', '--check']);
});

test('the only release there is failed: --check says that nothing else can be started', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  failNewest(sysroot);
  assert.match(sysroot.expect(['status', '--check'], 3), /and there is no other to start/);
});

test('a shutdown that failed is found by --check once, while what it should have made the default is staged', (t) => {
  const sysroot = deployed(t);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage']);
  const rules = sysroot.state('default', 'etc/rootseal/etc.d');
  fs.mkdirSync(rules, { recursive: true });
  fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
  sysroot.expect(['finalize-staged'], 17);
  fs.rmSync(rules, { recursive: true });
  const shown = sysroot.expect(['status', '--check'], 3);
  assert.equal(shown.match(/10-site\.conf/g)?.length, 1, shown);
  assert.match(shown, /the shutdown at \S+Z did not make 2 the default/);
  sysroot.expect(['undeploy', 'staged']);
  sysroot.expect(['status', '--check']);
});

test('what would keep a shutdown from merging /etc is found by --check before it', (t) => {
  const sysroot = deployed(t);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage']);
  sysroot.expect(['status', '--check']);
  const rules = sysroot.state('default', 'etc/rootseal/etc.d');
  fs.mkdirSync(rules, { recursive: true });
  fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
  assert.match(
    sysroot.expect(['status', '--check'], 3).replace(/\s+/g, ' '),
    /\/etc cannot be merged for what is staged: .*10-site\.conf/,
  );
});

test('conflicts in /etc are told while they are to come, and found by --check from then on until they are settled', (t) => {
  const sysroot = withConflict(t);
  assert.match(
    sysroot.expect(['status', '--check']),
    /^ {4}1 conflict in \/etc: rootseal etc diff --against staged$/m,
  );
  sysroot.expect(['finalize-staged']);
  const shown = sysroot.expect(['status', '--check'], 3);
  assert.match(shown, /^ {4}1 conflict in \/etc: \/etc\/version$/m);
  assert.match(shown, /^ {2}1 conflict in \/etc of 2: look, and then `rootseal etc settle`$/m);
  sysroot.expect(['etc', 'settle', '/etc/other'], 10);
  assert.equal(sysroot.expect(['etc', 'settle']), 'settled: /etc/version');
  sysroot.expect(['status', '--check']);
  assert.equal(fs.readFileSync(sysroot.state('default', 'etc/version'), 'utf8'), 'mine\n');
  assert.equal(sysroot.expect(['etc', 'settle'], 77), 'there is no conflict in /etc');
});

test('a conflict is settled by its path, and others stay', (t) => {
  const sysroot = deployed(t);
  const files = { 'etc/other': 'theirs\n' };
  fs.writeFileSync(sysroot.state('default', 'etc/version'), 'mine\n');
  fs.writeFileSync(sysroot.state('default', 'etc/other'), 'mine\n');
  sysroot.expect(['deploy', sysroot.release('2', { files })]);
  assert.equal(sysroot.expect(['etc', 'settle', '/etc/other']), 'settled: /etc/other');
  const [deployment] = sysroot.status().deployments;
  assert.deepEqual(
    deployment?.conflicts.map(({ path }) => path),
    ['/etc/version'],
  );
  sysroot.expect(['status', '--check'], 3);
});

test('what is staged is named as what runs after a reboot, and what the boot loader would take now is not', (t) => {
  const sysroot = deployed(t);
  assert.match(text(sysroot), /^After a reboot {2}os 1$/m);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage']);
  const shown = text(sysroot);
  assert.match(shown, /^After a reboot {2}os 2 \(staged\)$/m);
  assert.doesNotMatch(shown, /rootseal-os-1\.conf/);
  const { afterReboot, roles, loader } = sysroot.status();
  assert.deepEqual(afterReboot, { deployment: roles.staged, by: 'staged' });
  assert.equal(loader.deployment, roles.default);
});

test('deployments of one release say how their kernel arguments differ', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1'), '--karg-append', 'quiet']);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['kargs', '--karg-append', 'console=ttyS1', '--karg-delete', 'quiet', '--stage']);
  const [staged = '', detail, standard] = text(sysroot)
    .split('\n')
    .filter((line) => /^[ *!] /.test(line));
  assert.match(staged, /^ {2}1 +staged +[0-9a-f]{12}\.1 /);
  assert.equal(detail, '    kernel arguments: + console=ttyS1  - quiet');
  assert.match(standard ?? '', /^ {2}1 +default +[0-9a-f]{12} /);
});

test('a deployment has three lines at most, none of more than 80 columns, and --verbose shows all that is known', (t) => {
  const sysroot = TestSysroot.make(t);
  const long = 'x'.repeat(120);
  sysroot.expect(['deploy', sysroot.release('1'), '--karg-append', `long=${long}`]);
  sysroot.expect(['bless', 'default']);
  fs.writeFileSync(sysroot.state('default', 'etc/version'), 'mine\n');
  sysroot.expect(['deploy', sysroot.release('2'), '--karg-delete', 'long']);
  failNewest(sysroot);
  sysroot.expect(['deploy', sysroot.release('3'), '--stage', '--karg-delete', 'long']);
  const shown = text(sysroot);
  for (const line of shown.split('\n')) assert.ok(line.length <= 80, line);
  const blocks = shown.split('\n\n')[1]?.split('\n') ?? [];
  assert.equal(headings(blocks.join('\n')).length, 3);
  let below = 0;
  for (const line of blocks) {
    below = line.startsWith('    ') ? below + 1 : 0;
    assert.ok(below <= 2, shown);
  }
  const all = text(sysroot, '--verbose');
  const [deployment] = sysroot.status().deployments;
  assert.ok(deployment);
  for (const known of [deployment.id, deployment.image, deployment.commit, `long=${long}`])
    assert.ok(all.includes(known), known);
  const date = new Date(deployment.sequence * 1000).toISOString().slice(0, 10);
  assert.ok(all.includes(`${deployment.sequence} (${date})`), 'a sequence is a date, too');
});

test('keys that nobody has checked since the deployment are told as what the record says', (t) => {
  const sysroot = TestSysroot.make(t);
  const key = join(sysroot.scratch, 'own.key');
  sysroot.repository.expect(['key', 'generate', 'own.example', '--output', key]);
  const files = { 'usr/lib/rootseal/keys.d/own.pub': fs.readFileSync(`${key}.pub`, 'utf8') };
  sysroot.expect(['deploy', sysroot.release('1', { key, files })]);
  assert.match(text(sysroot), /by the record, own\.example$/m);
  assert.doesNotMatch(text(sysroot), /signed by/);
  assert.deepEqual(
    sysroot.status().deployments.map(({ keys, keysFrom }) => [keys, keysFrom]),
    [[['own.example'], 'record']],
  );
});

test('an ESP that is not there is one problem, and a kernel that is not whole another', (t) => {
  const sysroot = deployed(t);
  const [kernel = ''] = sysroot.kernels();
  fs.rmSync(sysroot.file(`boot/rootseal/${kernel}/initrd`));
  assert.deepEqual(
    sysroot.status().problems.filter((line) => line.includes(kernel)),
    [`kernel ${kernel} is missing or damaged on the ESP`],
  );
  const report = sysroot.expect(['status', '--json', '--boot', '/dev/null/boot']);
  const { problems } = JSON.parse(report) as { problems: string[] };
  assert.equal(new Set(problems).size, problems.length, problems.join('\n'));
});

test('an empty sysroot has no deployments, and a directory that is not one is an error that makes nothing there', (t) => {
  const sysroot = TestSysroot.make(t);
  assert.equal(text(sysroot), `No deployments in ${sysroot.directory}.`);
  fs.rmSync(sysroot.file('composefs'), { recursive: true });
  const before = fs.readdirSync(sysroot.directory);
  for (const args of [['status'], ['rollback'], ['upgrade', '--stage'], ['kargs'], ['repair']]) {
    const { status, stdout, stderr } = sysroot.call(args);
    assert.equal(status, 10, args.join(' '));
    assert.equal(stdout, '');
    const wanted = `error: ${sysroot.directory} is not a sysroot: it has no composefs/meta.json\n`;
    assert.equal(stderr, wanted);
  }
  assert.deepEqual(fs.readdirSync(sysroot.directory), before);
});

test('SOURCE_DATE_EPOCH is not the time of what happens to a host, nor of its ages', (t) => {
  const env = { SOURCE_DATE_EPOCH: String(TIME - 1_000_000_000) };
  const sysroot = TestSysroot.make(t);
  const release = sysroot.release('1');
  assert.equal(sysroot.call(['deploy', release], { env }).status, 0);
  assert.equal(sysroot.call(['bless', 'default'], { env }).status, 0);
  const [deployment] = sysroot.status().deployments;
  assert.ok(Date.parse(deployment?.created ?? '') / 1000 > TIME - 500_000_000);
  assert.ok(Date.parse(deployment?.blessed ?? '') / 1000 > TIME - 500_000_000);
});

test('a record with a line break in its damage does not break the layout', (t) => {
  const sysroot = deployed(t);
  fs.writeFileSync(sysroot.file('state/deployments.json'), 'garbage\n');
  const shown = text(sysroot);
  assert.match(shown, /^1 problem:$/m);
  assert.doesNotMatch(shown, /^"/m);
  for (const line of shown.split('\n').slice(-3)) assert.match(line, /^ {2}|^\d problem|^$/);
});

test('status lists what lies on the ESP for stubs of unified kernel images, and where it is not read', (t) => {
  const sysroot = deployed(t);
  assert.deepEqual(sysroot.status().espExtras, []);
  assert.doesNotMatch(text(sysroot), /^Beside images/m);
  const [kernel] = fs.readdirSync(sysroot.file('boot/rootseal'));
  const own = `rootseal/${kernel ?? ''}/uki.efi.extra.d`;
  const extras = [
    'loader/addons/a.addon.efi',
    'loader/credentials/b.cred',
    'loader/extensions/c.sysext.raw',
    'EFI/Linux/other.efi.extra.d/d.cred',
    'EFI/Linux/UPPER.EFI.EXTRA.D/e.confext.raw',
    `${own}/f.cred`,
  ];
  for (const path of [...extras, 'EFI/Linux/other+3.efi', 'loader/random-seed']) {
    fs.mkdirSync(join(sysroot.file('boot'), path, '..'), { recursive: true });
    fs.writeFileSync(join(sysroot.file('boot'), path), 'x');
  }
  const status = sysroot.status();
  assert.deepEqual([...status.espExtras].sort(), [...extras].sort());
  assert.deepEqual(status.problems, []);
  const shown = text(sysroot).replaceAll(/\n {16}/g, ' ');
  assert.match(
    shown,
    /^Beside images +loader\/addons\/a\.addon\.efi, .* and 1 more \(on the ESP; a stub may hand it to the system\)$/m,
  );
});
