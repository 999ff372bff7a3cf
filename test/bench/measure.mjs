/** Runs commands in turn, A B A B …, and compares them: medians, and the ratio of each pair. */
import { spawnSync } from 'node:child_process';

/**
 * One run of a command as a whole process.
 * @returns {{seconds: number, peakKib: number}} wall time; memory of its largest process
 */
export function runOnce(command) {
  const started = performance.now();
  const result = spawnSync('/usr/bin/time', ['-f', '%M', '--quiet', ...command], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - started) / 1000;
  if (result.status !== 0)
    throw new Error(`${command.join(' ')}: exit ${result.status}: ${result.stderr.slice(-500)}`);
  return { seconds, peakKib: Number(result.stderr.trim().split('\n').at(-1)) };
}

/**
 * @param {{name: string, command: (round: number) => string[], prepare?: (round: number) => void}[]} contestants
 * @param {number} rounds counted ones; one more runs first
 */
export function compare(title, contestants, rounds = 5) {
  const samples = contestants.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    contestants.forEach(({ command, prepare }, index) => {
      prepare?.(round);
      const sample = runOnce(command(round));
      if (round > 0) samples[index].push(sample);
    });
  }
  console.log(`\n### ${title}\n`);
  console.log('| command | median | min | max | peak memory | ratio to ours |');
  console.log('|---|---|---|---|---|---|');
  const ours = samples[0].map(({ seconds }) => seconds);
  contestants.forEach(({ name }, index) => {
    const times = samples[index].map(({ seconds }) => seconds);
    const peak = Math.max(...samples[index].map(({ peakKib }) => peakKib)) / 1024;
    const ratio = median(times.map((time, pair) => time / ours[pair]));
    console.log(
      `| ${name} | ${fix(median(times))} s | ${fix(Math.min(...times))} | ${fix(Math.max(...times))} | ${peak.toFixed(0)} MiB | ${fix(ratio)} |`,
    );
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function fix(value) {
  return value.toFixed(2);
}
