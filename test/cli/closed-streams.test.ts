/**
 * Standard input, output and error that are closed (`>&-`): no file that the program opens gets their numbers, so that nothing that is
 * printed is written into a repository.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROGRAM } from '../helpers/cli.js';
import { reasonForNoStrace } from '../helpers/strace.js';
import { TestSysroot } from '../helpers/sysroot.js';

const CLOSINGS = ['>&-', '2>&-', '<&-', '<&- >&- 2>&-'];

/** Runs `rootseal` with descriptors closed; before it, perhaps, the words of another program that runs it. */
function callClosed(closing: string, args: readonly string[], ...before: string[]): number | null {
  const words = [...before, 'sh', '-c', `exec "$@" ${closing}`, 'sh'];
  const [program = '', ...rest] = [...words, process.execPath, PROGRAM, ...args];
  return spawnSync(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] }).status;
}

test('commands whose output is closed do their work, and what they would print is in no file', (t) => {
  const sysroot = TestSysroot.inMemory(t);
  sysroot.release('1');
  const { repository } = sysroot;
  const host = ['--sysroot', sysroot.directory];
  const tree = repository.tree({ a: 'a'.repeat(5000), b: 'b'.repeat(5000) });
  const archive = join(sysroot.scratch, 'archive.tar');
  for (const [index, closing] of CLOSINGS.entries()) {
    fs.writeFileSync(join(tree, 'c'), String(index).repeat(5000));
    fs.rmSync(archive, { force: true });
    for (const args of [
      ['commit', tree, '-b', 'closed', '--repo', repository.path],
      ['export', 'closed', '--output', archive, '--repo', repository.path],
      ['log', 'closed', '--verbose', '--repo', repository.path],
      ['deploy', 'main', ...(index === 0 ? [] : ['--karg-append', `n=${index}`]), ...host],
      ['status', ...host],
      ['gc', '--keep', '1', '--verbose', '--repo', repository.path],
    ])
      assert.equal(callClosed(closing, args), 0, `${args.join(' ')} ${closing}`);
    // Each would end with 17 or 3 if a line had gone into what they read.
    repository.expect(['fsck']);
    assert.deepEqual(sysroot.status().problems, []);
    repository.expect(['image', 'digest', `tar:${archive}`]);
  }
});

test(
  'descriptors 0 to 2 are open on /dev/null before anything else is opened',
  { skip: reasonForNoStrace() },
  (t) => {
    const sysroot = TestSysroot.inMemory(t);
    sysroot.release('1');
    const calls = join(sysroot.scratch, 'calls');
    const names = 'open,openat,openat2,dup,dup2,dup3,fcntl,socket,accept4,eventfd2';
    const strace = ['strace', '-f', '-o', calls, '-e', `trace=${names},epoll_create1`];
    const args = ['commit', repositoryTree(sysroot), '-b', 'x', '--repo', sysroot.repository.path];
    assert.equal(callClosed('<&- >&- 2>&-', args, ...strace), 0);
    const text = fs.readFileSync(calls, 'utf8');
    const low = [
      ...text.matchAll(/^\d+ +(open\w*|dup\d?|socket|accept4|fcntl)\((.*)\) += ([012])$/gm),
    ]
      .map(([, name, parameters, fd]) => ({ name, parameters, fd }))
      .filter(({ name, parameters = '' }) => name !== 'fcntl' || parameters.includes('DUPFD'));
    // Those before are of the shell, and of the loader of the program.
    const opened = low.slice(-3);
    assert.deepEqual(
      opened.map(
        ({ parameters, fd }) => `${fd ?? ''} ${/"(.*)"/.exec(parameters ?? '')?.[1] ?? ''}`,
      ),
      ['0 /dev/null', '1 /dev/null', '2 /dev/null'],
    );
  },
);

function repositoryTree({ repository }: TestSysroot): string {
  return repository.tree({ a: 'a'.repeat(5000) });
}
