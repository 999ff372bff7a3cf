/** A merge of /etc that is killed at any moment leaves it whole or not at all, and can be done again. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ETC_REPORT_FILE, readEtcReport } from '../../src/deploy/etc/etc-report.js';
import { readRevision } from '../../src/repo/read-tree.js';
import { contents, EtcBench, type Deployed } from '../helpers/etc.js';
import type { StopPoint } from '../../src/util/stop-point.js';
import { killAt, seedOf } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { runProgram, Stoppable } from '../helpers/stoppable.js';

const PROGRAM = fileURLToPath(new URL('../helpers/merge-etc.js', import.meta.url));
const KILLS = 40;
/** Milliseconds that no merge takes. */
const WHOLE = 2 ** 30;

/** What a merge passes where there is an `etc` already. */
const POINTS = [
  ...(['etc-written', 'file-flushed', 'file-named'] as const),
  ...(['directory-made', 'directory-hidden'] as const),
];

/** Runs a merge, and kills it so many milliseconds after it began unless it has ended; says how long it took then. */
async function killAfter(args: readonly string[], after: number): Promise<number | undefined> {
  const merge = new Stoppable(args, { program: PROGRAM });
  await merge.hasSpoken();
  const began = performance.now();
  await Promise.race([merge.ended, delay(after, undefined, { ref: false })]);
  const { status, signal, stderr } = await merge.kill();
  if (signal === 'SIGKILL') return undefined;
  assert.equal(status, 0, stderr);
  return performance.now() - began;
}

async function runWhole(args: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram(args, { program: PROGRAM });
  assert.equal(status, 0, stderr);
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
    const base = (await readRevision(bench.repository, 'main')).id;
    const one = await bench.deploy(first);
    for (let index = 0; index < 100; index += 4)
      fs.appendFileSync(join(one.etc, `d${index % 10}/f${index}`), 'mine');
    fs.rmSync(join(one.etc, 'd1/f1'));
    const second = await bench.files(files('2'));
    const theirs = (await readRevision(bench.repository, 'main')).id;
    const expected: Deployed = await bench.deploy(second, one, mode);
    const whole = contents(join(expected.directory, 'etc'));
    const target = join(bench.scratch, 'target');
    fs.mkdirSync(target);
    const args = [bench.repository.path, base, theirs, one.etc, target, mode];
    let duration = (await killAfter(args, WHOLE)) ?? 0;
    let absent = 0;
    const look = (): void => {
      if (fs.existsSync(join(target, 'etc'))) {
        assert.deepEqual(contents(join(target, 'etc')), whole);
        assert.deepEqual(readEtcReport(target), expected.report);
      } else absent++;
    };
    const killAtPoint = async (point: StopPoint): Promise<void> => {
      if (!fs.existsSync(join(target, 'etc'))) await runWhole(args);
      const ended = await killAt(args, { stopAt: point, after: 0 }, { program: PROGRAM });
      assert.equal(ended.stoppedAt, point, ended.stderr);
      look();
    };
    for (const point of POINTS) await killAtPoint(point);
    for (let kills = 0; kills < KILLS / 2; kills++) {
      if (random.next() < 0.7) fs.rmSync(join(target, 'etc'), { recursive: true, force: true });
      const took = await killAfter(args, random.next() * duration);
      look();
      if (took === undefined) continue;
      // It ended before its moment: then one is killed at a moment that it comes to.
      duration = took;
      await killAtPoint(random.pick(POINTS));
    }
    await runWhole(args);
    assert.deepEqual(contents(join(target, 'etc')), whole);
    assert.deepEqual(fs.readdirSync(target).sort(), ['etc', ETC_REPORT_FILE]);
    t.diagnostic(`${KILLS / 2} random kills; ${absent} of all left no /etc`);
  });
}
