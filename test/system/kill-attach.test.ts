/** `seal attach` is killed at every stop point that it passes: the seal is the old one or the new one, each whole. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { Repository } from '../../src/repo/repository.js';
import { noProgress } from '../../src/util/progress.js';
import { killAt } from '../helpers/kill.js';
import { TestRepository } from '../helpers/repository.js';
import { memory, scratchDirectory } from '../helpers/scratch.js';
import { listPasses, runProgram } from '../helpers/stoppable.js';
import { PASSED_BY } from '../helpers/stop-points.js';

test('a killed attach leaves the old seal or the new one, and the next one ends it', async (t) => {
  const repository = TestRepository.makeIn(scratchDirectory(t, memory()));
  const id = repository.commit({ file: 'content' });
  const at = (name: string) => join(repository.scratch, name);
  const sign = (key: string, answer: string) =>
    repository.expect(['seal', 'sign', at('request'), '--key', at(key), '--output', at(answer)]);
  for (const key of ['one', 'two'])
    repository.expect(['key', 'generate', `${key}.example.org`, '--output', at(key)]);
  repository.expect(['seal', 'main', '--key', at('one')]);
  repository.expect(['seal', 'request', 'main', '--output', at('request'), '--quiet']);
  sign('two', 'answer');
  const seal = repository.file(`seals/${id}`);
  const before = fs.readFileSync(seal);
  const words = [
    ...['seal', 'attach', 'main', at('answer'), '--key', at('two.pub')],
    ...['--repo', repository.path],
  ];
  const passes = listPasses(await runProgram(words, { stopAt: 'list' }));
  const after = fs.readFileSync(seal);
  assert.notDeepEqual(after, before);
  assert.deepEqual([...new Set(passes)].sort(), [...PASSED_BY['seal attach']].sort());
  const left: string[] = [];
  for (const [index, point] of passes.entries()) {
    fs.writeFileSync(seal, before);
    const ended = await killAt(words, { stopAt: `any:${index + 1}`, after: 0 });
    assert.deepEqual([ended.signal, ended.stoppedAt], ['SIGKILL', point]);
    const now = fs.readFileSync(seal);
    left.push(now.equals(before) ? 'old' : now.equals(after) ? 'new' : 'neither');
    const checked = await checkRepository(Repository.open(repository.path), {
      progress: noProgress,
    });
    const damage = checked.findings.filter(({ kind }) => kind !== 'leftover');
    assert.deepEqual(damage, [], point);
    assert.equal((await runProgram(words)).status, 0);
    assert.deepEqual(fs.readFileSync(seal), after, point);
  }
  assert.deepEqual(left, ['old', 'new', 'new']);
});
