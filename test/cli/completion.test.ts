/** What TAB offers: names of what there is, files where files belong, and no word that means nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROGRAM, rootseal } from '../helpers/cli.js';
import { Workshop } from '../helpers/every-command.js';

const ends: (() => unknown)[] = [];
after(() => {
  for (const end of ends) end();
});
const workshop = Workshop.make({ after: (end) => ends.push(end) });
workshop.sysroot.repository.expect(['branch', 'set', 'work', 'main']);

function candidates(...words: string[]): string[] {
  const { status, stdout, stderr } = workshop.call(['completion', 'candidates', '--', ...words]);
  assert.equal(status, 0, stderr);
  return stdout === '' ? [] : stdout.trimEnd().split('\n');
}

for (const [words, offered] of [
  [['com'], ['commit', 'completion']],
  [
    ['branch', ''],
    ['list', 'set', 'delete'],
  ],
  [['commit', ''], [':files']],
  [['commit', 'tree', '--repo', ''], [':directories']],
  [['commit', 'tree', '--repo='], [':directories']],
  [['image', 'ls', ''], [':files']],
  [
    ['log', ''],
    ['main', 'other', 'v0', 'work'],
  ],
  [['log', 'ma'], ['main']],
  [['diff', 'main', 'o'], ['other']],
  [['branch', 'delete', 'o'], ['other']],
  [['pull', ''], ['origin']],
  [['remote', 'remove', ''], ['origin']],
  [['commit', 'tree', '-b', 'o'], ['other']],
  [['commit', 'tree', '--xattrs', 'u'], ['user']],
  [['commit', 'tree', '--xattrs=u'], ['--xattrs=user']],
  [
    ['init', '--algorithm', ''],
    ['sha256', 'sha512'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish', 'candidates'],
  ],
  [['log', 'main', '--li'], ['--limit']],
  [['log', 'main', '--no-'], ['--no-color']],
  [['log', 'main', ''], []],
  [['nonsense', ''], []],
  [
    ['help', 'setup-'],
    ['setup-root', 'setup-root.conf'],
  ],
] as const) {
  test(`after ${words.slice(0, -1).join(' ')}, "${words.at(-1) ?? ''}" becomes ${offered.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(candidates(...words).sort(), [...offered].sort());
  });
}

test('deployments are offered by role and id', () => {
  const offered = candidates('pin', '--sysroot', workshop.sysroot.directory, '');
  assert.ok(offered.includes('default'));
  assert.ok(
    offered.some((word) => /^[0-9a-f]{64}/.test(word)),
    offered.join(' '),
  );
});

test('single letters of options are not offered', () => {
  const offered = candidates('log', 'main', '-');
  assert.ok(offered.includes('--limit'));
  assert.deepEqual(
    offered.filter((word) => !/^--[a-z]{2}/.test(word)),
    [],
  );
});

test('what cannot be read offers nothing, and is no error', () => {
  const words = ['completion', 'candidates', '--', 'log', ''];
  const { status, stdout, stderr } = rootseal(words, { env: { ROOTSEAL_REPO: '/nonexistent' } });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

/** What bash would put in the place of the last word. */
function completeInBash(line: string): string[] {
  const bin = workshop.file('bin');
  fs.mkdirSync(bin, { recursive: true });
  const program = join(bin, 'rootseal');
  fs.writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`, {
    mode: 0o755,
  });
  const script = `
    compopt() { :; }
    source <(rootseal completion bash)
    COMP_LINE=$1 COMP_POINT=\${#1}
    _rootseal
    printf '%s\\n' "\${COMPREPLY[@]}"
  `;
  const printed = execFileSync('bash', ['-c', script, 'bash', line], {
    cwd: workshop.scratch,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      ROOTSEAL_REPO: workshop.sysroot.repository.path,
    },
  });
  return printed.trimEnd().split('\n').sort();
}

for (const [line, words] of [
  ['rootseal com', ['commit', 'completion']],
  ['rootseal log ma', ['main']],
  ['rootseal commit ke', ['key', 'key.pub', 'keys']],
  ['rootseal commit tar:imag', ['image']],
  ['rootseal commit tree --repo=sysr', ['sysroot']],
  ['rootseal commit tree --xattrs=se', ['security']],
] as const) {
  test(`bash completes "${line}" to ${words.join(', ')}`, () => {
    assert.deepEqual(completeInBash(line), [...words].sort());
  });
}

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`there is a script for ${shell}, by its name and where $SHELL says so`, () => {
    const { status, stdout } = rootseal(['completion', shell]);
    assert.equal(status, 0);
    assert.ok(stdout.includes(`Made by: rootseal completion ${shell}`));
    assert.doesNotMatch(stdout, /yargs|OSX/);
    const byDefault = rootseal(['completion'], { env: { SHELL: `/usr/bin/${shell}` } });
    assert.equal(byDefault.stdout, stdout);
  });
}

test('completion --help is help, and another shell is refused', () => {
  assert.match(rootseal(['completion', '--help']).stdout, /^Usage: rootseal completion /);
  const { status, stderr } = rootseal(['completion', 'tcsh']);
  assert.equal(status, 2);
  assert.match(stderr, /^error: completion: "tcsh" is not one of bash, zsh, fish, candidates\n/);
});
