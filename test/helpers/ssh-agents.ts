/** SSH agents: real ones, and one that answers what a test wants. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { sshString, sshUint32 } from '../../src/formats/ssh-wire.js';
import { untilListening } from './listening.js';
import { scratchDirectory } from './scratch.js';

type Variables = Readonly<Record<string, string>>;

export interface RunningAgent {
  /** `SSH_AUTH_SOCK` alone. */
  readonly env: { readonly SSH_AUTH_SOCK: string };
  /** Calls `ssh-add`, which must succeed, and returns what it printed. */
  readonly add: (...args: string[]) => string;
}

/** OpenSSH's agent without a key; it ends with the test. */
export async function startSshAgent(t: TestContext, env: Variables = {}): Promise<RunningAgent> {
  const socket = path.join(scratchDirectory(t), 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  t.after(() => child.kill());
  await untilListening({ what: 'the agent', pids: [child.pid] }, socket);
  return agentAt(socket, env);
}

/** GnuPG's agent with `enable-ssh-support`, and one Ed25519 key that it has made; it ends with the test. */
export async function startGpgAgent(t: TestContext): Promise<RunningAgent> {
  const home = scratchDirectory(t);
  fs.chmodSync(home, 0o700);
  // It lives as long as the program that it starts.
  const child = spawn(
    'gpg-agent',
    ['--homedir', home, '--enable-ssh-support', '--daemon', '/bin/sh', '-c', 'cat >/dev/null'],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  t.after(() => child.stdin.end());
  const socket = said('gpgconf', ['--homedir', home, '--list-dirs', 'agent-ssh-socket']);
  await untilListening({ what: 'the agent', pids: [child.pid] }, socket);
  const gpg = ['--homedir', home, '--batch', '--quiet', '--no-autostart'];
  said('gpg', [...gpg, '--passphrase', '', '--quick-generate-key', 'release', 'ed25519', 'sign']);
  const listed = said('gpg', [...gpg, '--with-colons', '--with-keygrip', '-K']);
  const grip = /^grp:*([0-9A-F]{40}):/m.exec(listed)?.[1];
  assert.ok(grip !== undefined, listed);
  fs.writeFileSync(path.join(home, 'sshcontrol'), `${grip}\n`);
  return agentAt(socket, {});
}

function agentAt(socket: string, env: Variables): RunningAgent {
  const variables = { ...env, SSH_AUTH_SOCK: socket };
  return {
    env: { SSH_AUTH_SOCK: socket },
    add: (...args) => said('ssh-add', args, variables),
  };
}

function said(program: string, args: readonly string[], env: Variables = {}): string {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** The socket of an agent that gives these bytes, one after the other, and then closes the connection. Counts what it was asked. */
export interface FakeAgent {
  readonly socket: string;
  readonly asked: () => number;
}

/** @param answers to the first request of a connection, to the second, …; called with the request as it came */
export async function startFakeAgent(
  t: TestContext,
  answers: readonly ((request: Buffer) => Buffer)[],
): Promise<FakeAgent> {
  const socket = path.join(scratchDirectory(t), 'agent');
  let asked = 0;
  const server = createServer((connection) => {
    const left = [...answers];
    connection.on('error', () => undefined);
    connection.on('data', (request: Buffer) => {
      asked += 1;
      const answer = left.shift();
      if (answer === undefined) connection.destroy();
      else connection.write(answer(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => server.close());
  return { socket, asked: () => asked };
}

/** A frame that lists keys, each given by the strings of its blob. */
export function listedKeys(...keys: readonly (readonly (Uint8Array | string)[])[]): Buffer {
  const entries = keys.flatMap((parts) => [
    sshString(Buffer.concat(parts.map(sshString))),
    sshString('comment'),
  ]);
  return sshString(Buffer.concat([Buffer.of(12), sshUint32(keys.length), ...entries]));
}

/** A frame with a signature. @param after bytes that follow the signature inside of it */
export function signedAnswer(
  signature: Uint8Array,
  type = 'ssh-ed25519',
  after = Buffer.alloc(0),
): Buffer {
  const inner = Buffer.concat([sshString(type), sshString(signature), after]);
  return sshString(Buffer.concat([Buffer.of(14), sshString(inner)]));
}
