/** How long each test file took when it last ran: `npm test -- --slowest`. Kept beside what is compiled. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failed } from './steps.mjs';

const KEPT = 'dist/test-times.json';
/** Lines of the table. */
const SHOWN = 30;

/** @returns {Record<string, {seconds: number, processor: number}>} by file; empty when none has run */
export function readTimes(file = KEPT) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** Adds the times of a run to those that are kept, of which those of files that are no more go. */
export function keepTimes(times, existing, file = KEPT) {
  const all = { ...readTimes(file), ...times };
  const kept = Object.entries(all).filter(([name]) => existing.includes(name));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(Object.fromEntries(kept)));
}

/** @throws {Failed} when no test has run in this checkout */
export function slowestTable(times = readTimes()) {
  const rows = Object.entries(times).sort(([, a], [, b]) => b.seconds - a.seconds);
  if (rows.length === 0) throw new Failed('no test has run here yet: npm test');
  const sum = (key) => rows.reduce((total, [, row]) => total + row[key], 0);
  const line = (name, { seconds, processor }) =>
    `${seconds.toFixed(1).padStart(9)} ${processor.toFixed(1).padStart(9)}  ${name}`;
  const rest = rows.length > SHOWN ? [`${' '.repeat(21)}… and ${rows.length - SHOWN} more`] : [];
  return [
    '  seconds processor  test file, when it last ran',
    ...rows.slice(0, SHOWN).map(([file, row]) => line(nameOf(file), row)),
    ...rest,
    line('all, one after the other', { seconds: sum('seconds'), processor: sum('processor') }),
  ].join('\n');
}

function nameOf(file) {
  return file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}
