/** The boot program as process 1 before the init of a larger initramfs: nothing of the command line gets to that. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cannotBoot } from '../helpers/boot-once.js';
import { buildBoot } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotBoot;
const LARGER_INIT = 'usr/lib/rootseal/init';
/** Prints what it was started with. */
const SHOW = `#!/bin/sh
echo "pid $$, $# arguments"
tr '\\0' '\\n' </proc/1/environ
`;

/**
 * Starts the boot program as process 1 of a root directory with the host's programs, as the kernel would: with words of its command
 * line as arguments and variables.
 */
function startFirst(
  t: TestContext,
  largerInit: string,
  variables: Readonly<Record<string, string>>,
): string {
  const root = join(scratchDirectory(t), 'root');
  const program = buildBoot('rootseal-setup-root');
  for (const name of ['bin', 'lib', 'lib64', 'proc', 'usr/lib/rootseal'])
    fs.mkdirSync(join(root, name), { recursive: true });
  fs.copyFileSync(program, join(root, 'init'));
  fs.writeFileSync(join(root, LARGER_INIT), largerInit, { mode: 0o755 });
  const binds = 'for name in bin lib lib64; do mount --bind "/$name" "$0/$name"; done';
  const start = 'exec unshare --pid --fork --mount-proc="$0/proc" chroot "$0" /init single --check';
  return execFileSync('unshare', ['--mount', 'sh', '-c', `${binds}; ${start}`, root], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...variables },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('the init of a larger initramfs gets no argument and no variable but ours', { skip }, (t) => {
  const variables = { PS4: '$(echo code)', log_output: '/x', IFS: 'a', HOME: '/x', TERM: 'x' };
  assert.deepEqual(
    startFirst(t, SHOW, { ...variables, ENV: '/x' })
      .trim()
      .split('\n'),
    ['pid 1, 0 arguments', 'PATH=/sbin:/usr/sbin:/bin:/usr/bin', 'HOME=/', 'TERM=linux'],
  );
});

test(
  'a larger init that cannot be started ends the boot, and nothing takes its place',
  { skip },
  (t) => {
    assert.throws(
      () => startFirst(t, '#!/nowhere\n', {}),
      (error: unknown) => (error as { status?: number }).status === 1,
    );
  },
);
