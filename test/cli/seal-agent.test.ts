/** `--ssh-agent` with the agents of OpenSSH and GnuPG. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAttestation } from '../../src/formats/attestation/check-attestation.js';
import { preAuthEncoding } from '../../src/formats/dsse/envelope.js';
import { rootseal, type CallResult } from '../helpers/cli.js';
import { startRootseal } from '../helpers/cli-async.js';
import { until } from '../helpers/hang.js';
import { skipUnless } from '../helpers/programs.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { startGpgAgent, startSshAgent, type RunningAgent } from '../helpers/ssh-agents.js';

/** A repository with a commit on branch `b`, keys of ssh-keygen, and a directory of verifier keys: all of them for all tests. */
const bench = scratchDirectory({ after });
let commit = '';
const NAME = 'release.example.org';

const at = (name: string) => path.join(bench, name);
const env = (agent?: RunningAgent) => ({ ROOTSEAL_REPO: at('repo'), ...agent?.env });

before(() => {
  fs.mkdirSync(at('tree'));
  fs.mkdirSync(at('keys'));
  done('init', at('repo'));
  commit = done('commit', at('tree'), '-b', 'b', '--name', 'example', '--sequence', '100').trim();
  for (const key of ['one', 'other']) generate(key, 'ed25519');
  generate('rsa', 'rsa');
  done('key', 'import', at('one.pub'), '--name', NAME, '--output', at('keys/one'));
});

function generate(file: string, type: string): void {
  const args = ['-q', '-t', type, '-N', '', '-C', '', '-f', at(file)];
  assert.equal(spawnSync('ssh-keygen', args).status, 0);
}

function done(...args: string[]): string {
  const { status, stdout, stderr } = rootseal(args, { env: env() });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Seals with the keys of these names in a directory. */
function seal(agent: RunningAgent, keys: string, ...names: string[]): CallResult {
  const args = names.flatMap((name) => ['--ssh-agent', name]);
  return rootseal(['seal', 'b', '--keys', at(keys), ...args], { env: env(agent) });
}

const seals = () => fs.readdirSync(at('repo/seals'));

/** Sealing fails with status 1 and this message, and leaves no seal. */
function refused(agent: RunningAgent, message: RegExp): void {
  const { status, stdout, stderr } = seal(agent, 'keys', NAME);
  assert.equal(status, 1, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.deepEqual(seals(), []);
}

/** What the verifier says with these keys and this policy; forgets the seal. */
function verdict(keys: string, policy?: string): string {
  const policies = policy === undefined ? [] : ['--policy', policy];
  const { stdout, stderr } = rootseal(['verify', 'b', '--keys', keys, '--json', ...policies], {
    env: env(),
  });
  fs.rmSync(at(`repo/seals/${commit}`));
  assert.notEqual(stdout, '', stderr);
  return (JSON.parse(stdout) as { decision: { code: string } }).decision.code;
}

describe('the agent of OpenSSH', { skip: skipUnless('ssh-agent', 'ssh-add') }, () => {
  test('signs with the key of that name, also by its file and at a commit, and with no other', async (t) => {
    const agent = await startSshAgent(t);
    // Neither the first nor the last of its keys.
    for (const key of ['rsa', 'one', 'other']) agent.add('-q', at(key));
    const sealed = seal(agent, 'keys', NAME);
    assert.equal(sealed.status, 0, sealed.stderr);
    assert.equal(sealed.stdout, `${commit}\n`);
    assert.match(sealed.stderr, /^sealed by release\.example\.org\+[0-9a-f]{8}\n$/);
    assert.equal(verdict(at('keys')), 'SEAL_ACCEPTED');
    assert.equal(seal(agent, 'keys', at('keys/one.pub')).status, 0);
    assert.equal(verdict(at('keys')), 'SEAL_ACCEPTED');
    const args = ['commit', at('tree'), '-b', 'c', '--ssh-agent', at('keys/one.pub')];
    const committed = rootseal(args, { env: env(agent) });
    assert.equal(committed.status, 0, committed.stderr);
    assert.deepEqual(seals(), [committed.stdout.trim()]);
    fs.rmSync(at(`repo/seals/${committed.stdout.trim()}`));
  });

  test('signs attestations, too', async (t) => {
    const agent = await startSshAgent(t);
    for (const key of ['other', 'one']) agent.add('-q', at(key));
    const what = ['--type', 'slsa', '--builder-id', 'https://ci.example.org/builders/7'];
    const signer = ['--ssh-agent', NAME, '--keys', at('keys')];
    const attested = rootseal(['attest', 'b', ...what, ...signer], { env: env(agent) });
    assert.equal(attested.status, 0, attested.stderr);
    assert.match(attested.stderr, /signed by release\.example\.org\+[0-9a-f]{8}\n$/);
    assert.deepEqual(seals(), [], 'the key signs what was asked for and nothing else');
    const file = at(`repo/attestations/${commit}/slsa.dsse.json`);
    const envelope = parseAttestation(fs.readFileSync(file));
    const pem = done('key', 'show', at('keys/one.pub'), '--pem');
    const [signature, ...more] = envelope.signatures;
    assert.ok(signature !== undefined && more.length === 0);
    const text = preAuthEncoding(envelope);
    assert.ok(verify(null, text, createPublicKey(pem), signature.signature), 'by that key');
    fs.rmSync(at('repo/attestations'), { recursive: true });
  });

  test('A4: signs nothing without that key, although it has others', async (t) => {
    const agent = await startSshAgent(t);
    refused(agent, /the SSH agent has no key release.*\nhint: it lists no key at all/);
    for (const key of ['rsa', 'other']) agent.add('-q', at(key));
    refused(agent, /the SSH agent has no key release.*\nhint: it has 2 other/);
  });

  test('A4: signs nothing while it is locked', async (t) => {
    const askpass = script('secret', 'echo secret');
    const agent = await startSshAgent(t);
    agent.add('-q', at('one'));
    const locked = { ...process.env, ...agent.env, ...asking(askpass) };
    assert.equal(spawnSync('ssh-add', ['-x'], { env: locked, input: '' }).status, 0);
    refused(agent, /the SSH agent has no key release.*\nhint: .*locked/);
  });

  test('signs nothing after the time of the key is over', async (t) => {
    const agent = await startSshAgent(t);
    agent.add('-q', '-t', '1', at('one'));
    const listed = () =>
      spawnSync('ssh-add', ['-l'], { env: { ...process.env, ...agent.env }, encoding: 'utf8' });
    await until({ what: 'the end of the key' }, () =>
      listed().stdout.startsWith('The agent has no'),
    );
    refused(agent, /the SSH agent has no key release/);
  });

  test('signs nothing with a key that is for certain hosts alone', async (t) => {
    const agent = await startSshAgent(t);
    const hostKey = fs.readFileSync(at('other.pub'), 'utf8');
    fs.writeFileSync(at('known_hosts'), `host.example.org ${hostKey}`);
    agent.add('-q', '-H', at('known_hosts'), '-h', 'host.example.org', at('one'));
    refused(agent, /the SSH agent refuses to sign with release/);
  });

  test('signs when a person confirms it, and not when he refuses', async (t) => {
    const askpass = script('askpass', `test -e '${at('yes')}'`);
    const agent = await startSshAgent(t, asking(askpass));
    agent.add('-q', '-c', at('one'));
    refused(agent, /the SSH agent refuses to sign with release.*\nhint: nobody confirmed/);
    fs.writeFileSync(at('yes'), '');
    assert.equal(seal(agent, 'keys', NAME).status, 0);
    assert.equal(verdict(at('keys')), 'SEAL_ACCEPTED');
  });

  test('is waited for as long as a person thinks, until the command is interrupted', async (t) => {
    const answer = at('answer');
    assert.equal(spawnSync('mkfifo', [answer]).status, 0);
    const askpass = script('thinks', `touch '${at('asked')}'; cat '${answer}'; exit 1`);
    t.after(() => {
      // Whoever still thinks, hears the end.
      fs.closeSync(fs.openSync(answer, fs.constants.O_RDWR | fs.constants.O_NONBLOCK));
    });
    const agent = await startSshAgent(t, asking(askpass));
    agent.add('-q', '-c', at('one'));
    const args = ['seal', 'b', '--keys', at('keys'), '--ssh-agent', NAME];
    const call = startRootseal(args, { env: env(agent) });
    await until({ what: 'the question', pids: [call.child.pid] }, () => fs.existsSync(at('asked')));
    call.child.kill('SIGINT');
    const { status, stderr } = await call.ended;
    assert.equal(status, 130, stderr);
    assert.deepEqual(seals(), []);
  });

  test('A7: with one key under two names it is one signer', async (t) => {
    const agent = await startSshAgent(t);
    agent.add('-q', at('one'));
    fs.mkdirSync(at('twins'));
    for (const name of ['first', 'second'])
      done('key', 'import', at('one.pub'), '--name', name, '--output', at(`twins/${name}`));
    const sealed = seal(agent, 'twins', 'first', 'second');
    assert.equal(sealed.status, 0, sealed.stderr);
    fs.writeFileSync(at('policy'), '[verify]\nthreshold=2\n');
    assert.equal(verdict(at('twins'), at('policy')), 'SEAL_THRESHOLD');
  });

  test('a name that no key has, and one that two keys have, are wrong use', async (t) => {
    const agent = await startSshAgent(t);
    const unknown = seal(agent, 'keys', 'stranger');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /no verifier key is called "stranger"/);
    fs.mkdirSync(at('same'));
    for (const file of ['one', 'other'])
      done('key', 'import', at(`${file}.pub`), '--name', NAME, '--output', at(`same/${file}`));
    const twice = seal(agent, 'same', NAME);
    assert.equal(twice.status, 2);
    assert.match(twice.stderr, /2 keys are called .*\nhint: name one with its id: release/);
  });
});

test('without SSH_AUTH_SOCK there is no agent', () => {
  const { status, stderr } = rootseal(['seal', 'b', '--ssh-agent', at('keys/one.pub')], {
    env: { ...env(), SSH_AUTH_SOCK: undefined },
  });
  assert.equal(status, 1);
  assert.match(stderr, /SSH_AUTH_SOCK is not set\nhint: start one/);
});

test(
  'the agent of GnuPG signs with a key that was never in a file',
  { skip: skipUnless('gpg', 'gpg-agent', 'ssh-add') },
  async (t) => {
    const agent = await startGpgAgent(t);
    fs.writeFileSync(at('gpg.pub'), `${agent.add('-L')}\n`);
    fs.mkdirSync(at('gpg'));
    done('key', 'import', at('gpg.pub'), '--name', 'gpg.example.org', '--output', at('gpg/key'));
    const sealed = seal(agent, 'gpg', 'gpg.example.org');
    assert.equal(sealed.status, 0, sealed.stderr);
    assert.equal(verdict(at('gpg')), 'SEAL_ACCEPTED');
    refused(agent, /the SSH agent has no key release/);
  },
);

/** What makes OpenSSH ask by this program. */
function asking(askpass: string) {
  return { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
}

function script(name: string, text: string): string {
  fs.writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return at(name);
}
