/** What the program writes is what docs/schema says. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { expectStatus } from '../helpers/repository.js';
import { requireValid, schema } from '../helpers/schema.js';
import { TestSysroot } from '../helpers/sysroot.js';

test('status, record and deployments are as their schemas say, in all states of a host', (t) => {
  const sysroot = TestSysroot.make(t);
  const requireStatus = (): void => {
    requireValid('status', JSON.parse(sysroot.expect(['status', '--json'])));
  };
  const check = (): void => {
    requireStatus();
    const text = fs.readFileSync(sysroot.file('state/deployments.json'), 'utf8');
    requireValid('deployments', JSON.parse(text));
    for (const id of fs.readdirSync(sysroot.file('state/deploy')))
      requireValid(
        'deployment',
        JSON.parse(fs.readFileSync(sysroot.file(`state/deploy/${id}/deployment.json`), 'utf8')),
      );
  };
  requireStatus();
  sysroot.expect(['deploy', sysroot.release('1'), '--origin', 'site/main']);
  check();
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage', '--karg-append', 'quiet']);
  check();
  sysroot.expect(['finalize-staged']);
  fs.renameSync(
    sysroot.file('boot/loader/entries/rootseal-os-2+3.conf'),
    sysroot.file('boot/loader/entries/rootseal-os-2+0-3.conf'),
  );
  sysroot.expect(['boot-complete']);
  check();
  fs.writeFileSync(sysroot.file('state/deployments.json'), '{');
  requireStatus();
});

test('the documents of the verbs of a host are as their schemas say, and have its version first', (t) => {
  const sysroot = TestSysroot.make(t);
  const key = join(sysroot.scratch, 'own.key');
  sysroot.repository.expect(['key', 'generate', 'own.example', '--output', key]);
  const files = { 'usr/lib/rootseal/keys.d/own.pub': fs.readFileSync(`${key}.pub`, 'utf8') };
  const says = (name: string, args: readonly string[], status = 0): void => {
    const printed = sysroot.expect([...args, '--json'], status);
    assert.ok(printed.startsWith('{"version":1,'), `${args.join(' ')}: ${printed}`);
    requireValid(name, JSON.parse(printed));
  };
  says('change', ['deploy', sysroot.release('1', { key, files }), '--origin', 'here/main']);
  says('unchanged', ['deploy', 'main'], 77);
  says('change', ['bless', 'default']);
  says('change', ['finalize-staged'], 77);
  const keys = join(sysroot.scratch, 'keys');
  fs.mkdirSync(keys);
  fs.copyFileSync(`${key}.pub`, join(keys, 'own.pub'));
  sysroot.expect(['remote', 'add', 'here', sysroot.repository.path, '--keys', keys]);
  fs.writeFileSync(sysroot.state('default', 'etc/version'), 'mine\n');
  sysroot.release('2', { key, files });
  says('upgrade', ['switch', 'here/main', '--stage']);
  says('upgrade', ['upgrade', '--check'], 77);
  says('etc-diff', ['etc', 'diff', '--against', 'staged']);
  says('kargs', ['kargs']);
  says('change', ['kargs', '--karg-append', 'debug', '--stage']);
  says('change', ['finalize-staged']);
  says('etc-settle', ['etc', 'settle']);
  says('unchanged', ['etc', 'settle'], 77);
  says('change', ['pin', 'rollback']);
  says('change', ['unpin', 'rollback']);
  says('change', ['rollback']);
  says('change', ['boot-complete']);
  says('repair', ['repair']);
  sysroot.release('3', { key, files });
  says('upgrade', ['upgrade', '--check']);
  says('upgrade', ['upgrade', '--download-only']);
  says('pull', ['pull', 'here', 'main', '--dry-run'], 77);
  says('pull', ['pull', 'here', 'main'], 77);
  says('change', ['undeploy', 'rollback']);
  says('gc', ['gc']);
  says('fsck', ['fsck']);
  says('doctor', ['doctor']);
  const where = ['--repo', sysroot.repository.path, '--json'];
  const verified = rootseal(['verify', 'main', '--keys', keys, ...where]);
  requireValid('verify', JSON.parse(expectStatus(verified)));
  const refused = rootseal(['show', 'nothing', ...where]);
  requireValid('error', JSON.parse(refused.stderr));
});

test('a document that is not as its schema says is found', () => {
  const validate = schema('status');
  assert.equal(validate({ version: 1 }), false);
  assert.equal(schema('deployments')({ version: 2 }), false);
});
