/** A second person signs: what is asked of him is a file, and so is his answer. He needs neither the repository nor the tree. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYS = 'both-keys';
const POLICY = 'two-signers.conf';

/** Seals the commit with a second key, by request and answer, and checks that two keys are enough for two. */
export async function sealBySecondSigner(shell, branch) {
  const place = (name) => join(shell.folder, name);
  mkdirSync(place(KEYS));
  mkdirSync(place('elsewhere'));
  copyFileSync(place('keys/release.pub'), place(`${KEYS}/release.pub`));
  writeFileSync(place(POLICY), '[verify]\nthreshold=2\n');
  const key = ['--output', 'elsewhere/security.key'];
  await shell.run(['rootseal', 'key', 'generate', 'security.example.org', ...key]);
  await shell.run(['cp', 'elsewhere/security.key.pub', `${KEYS}/security.pub`]);

  console.log(`(${POLICY} asks for two signatures)\n`);
  const trust = ['--keys', KEYS, '--policy', POLICY];
  await shell.run(['rootseal', 'verify', branch, ...trust], { expect: [12] });
  const request = 'elsewhere/request';
  await shell.run(['rootseal', 'seal', 'request', branch, '--output', request, '--keys', KEYS], {
    title: 'request for a second signature',
  });
  console.log('(on the other machine, which has the three files and its key)\n');
  const answer = ['--key', 'elsewhere/security.key', '--output', 'elsewhere/answer'];
  await shell.run(['rootseal', 'seal', 'sign', request, ...answer, '--quiet']);
  console.log('(and back)\n');
  await shell.run(['rootseal', 'seal', 'attach', branch, 'elsewhere/answer', ...trust]);
  await shell.run(['rootseal', 'verify', branch, ...trust]);
}
