/** A merge of /etc that is killed at any moment leaves it whole or not at all, and can be done again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ETC_REPORT_FILE, readEtcReport } from '../../src/deploy/etc/report.js';
import { readRevision } from '../../src/repo/read-tree.js';
import { contents, EtcBench, type Deployed } from '../helpers/etc.js';
import { seedOf } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';

const PROGRAM = fileURLToPath(new URL('../helpers/merge-etc.js', import.meta.url));
const KILLS = 40;

/** Runs a merge and kills it `after` milliseconds after it began; says how long it took when it was not killed. */
async function run(args: readonly string[], after: number): Promise<number | undefined> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const began = performance.now();
  const timer = new AbortController();
  const killed = delay(after, undefined, { signal: timer.signal })
    .then(() => child.kill('SIGKILL'))
    .catch(() => false);
  const [status, signal] = (await closed) as [number | null, string | null];
  timer.abort();
  await killed;
  if (signal === 'SIGKILL') return undefined;
  assert.equal(status, 0);
  return performance.now() - began;
}

for (const mode of ['bind', 'overlay'] as const) {
  const skip = mode === 'overlay' && process.getuid?.() !== 0 && 'needs root';
  test(`a merge to ${mode} that is killed leaves /etc whole or absent`, { skip }, async (t) => {
    const random = new Random(seedOf(t));
    const bench = new EtcBench(t);
    const files = (version: string) =>
      Object.fromEntries(
        Array.from({ length: 150 }, (_, index) => [
          `d${index % 10}/f${index}`,
          `${index % 3 === 0 ? version : 'same'} `.repeat(index * 10),
        ]),
      );
    const first = await bench.files(files('1'));
    const base = readRevision(bench.repository, 'main').id;
    const one = await bench.deploy(first);
    for (let index = 0; index < 100; index += 4)
      fs.appendFileSync(join(one.etc, `d${index % 10}/f${index}`), 'mine');
    fs.rmSync(join(one.etc, 'd1/f1'));
    const second = await bench.files(files('2'));
    const theirs = readRevision(bench.repository, 'main').id;
    const expected: Deployed = await bench.deploy(second, one, mode);
    const whole = contents(join(expected.directory, 'etc'));
    const target = join(bench.scratch, 'target');
    fs.mkdirSync(target);
    const args = [bench.repository.path, base, theirs, one.etc, target, mode];
    let duration = (await run(args, 60_000)) ?? 0;
    let absent = 0;
    let kills = 0;
    for (let attempt = 0; kills < KILLS / 2 && attempt < 4 * KILLS; attempt++) {
      if (random.next() < 0.7) fs.rmSync(join(target, 'etc'), { recursive: true, force: true });
      const took = await run(args, random.next() * duration);
      if (took === undefined) kills++;
      else duration = took;
      if (fs.existsSync(join(target, 'etc'))) {
        assert.deepEqual(contents(join(target, 'etc')), whole);
        assert.deepEqual(readEtcReport(target), expected.report);
      } else absent++;
    }
    assert.equal(kills, KILLS / 2);
    assert.notEqual(await run(args, 60_000), undefined);
    assert.deepEqual(contents(join(target, 'etc')), whole);
    assert.deepEqual(fs.readdirSync(target).sort(), ['etc', ETC_REPORT_FILE]);
    t.diagnostic(`${kills} kills within ${duration.toFixed()} ms; ${absent} of them left no /etc`);
  });
}
