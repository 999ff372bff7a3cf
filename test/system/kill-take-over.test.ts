/**
 * Deployments of a host of an earlier version are all told to its repository, or none is: a gc that finds only what the
 * repository says, because it is mounted elsewhere, either knows them all or refuses.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { TestRepository } from '../helpers/repository.js';
import { listPasses, runProgram } from '../helpers/stoppable.js';
import { TestSysroot } from '../helpers/sysroot.js';

test(
  'a take-over that is killed at any point leaves a repository that names all deployments or is known to name none',
  { skip: reasonForNoMounts() },
  async (t) => {
    const sysroot = TestSysroot.inMemory(t);
    const commits = ['1', '2'].map((version) => sysroot.release(version));
    for (const commit of commits) {
      sysroot.expect(['deploy', commit]);
      sysroot.expect(['bless', 'default']);
    }
    sysroot.release('3');
    const { repository } = sysroot;
    const refs = repository.file('refs/deployments');
    const ids = fs.readdirSync(refs).sort();
    assert.equal(ids.length, 2);

    const elsewhere = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
    const mounted = new TestRepository(elsewhere, join(elsewhere, 'composefs'));
    fs.mkdirSync(mounted.path);
    execFileSync('mount', ['--bind', repository.path, mounted.path]);
    t.after(() => {
      execFileSync('umount', [mounted.path]);
      fs.rmSync(elsewhere, { recursive: true });
    });

    const forget = (): void => {
      fs.rmSync(refs, { recursive: true, force: true });
    };
    const states = new Set<number>();
    for (const words of [
      ['pin', 'default', '--sysroot', sysroot.directory],
      ['gc', '--repo', repository.path],
    ]) {
      forget();
      const passes = listPasses(await runProgram(words, { stopAt: 'list' }));
      assert.ok(passes.includes('directory-made'), passes.join(' '));
      for (let pass = 1; pass <= passes.lastIndexOf('directory-made') + 2; pass++) {
        forget();
        const ended = await runProgram(words, { stopAt: `any:${pass},kill` });
        assert.equal(ended.signal, 'SIGKILL', ended.stderr);
        const named = fs.existsSync(refs) ? fs.readdirSync(refs).sort() : undefined;
        states.add(named?.length ?? -1);
        if (named !== undefined) assert.deepEqual(named, ids, `${words.join(' ')}, pass ${pass}`);
        const { status } = mounted.call(['gc', '--keep', '1']);
        assert.equal(status, named === undefined ? 1 : 0);
        for (const commit of commits)
          assert.ok(fs.existsSync(repository.file(`commits/${commit}`)), `pass ${pass}`);
      }
      assert.deepEqual([...states].sort(), [-1, 2]);
    }
    sysroot.expect(['repair']);
    assert.deepEqual(sysroot.status().problems, []);
    assert.deepEqual(fs.readdirSync(repository.file('tmp')), []);
  },
);
