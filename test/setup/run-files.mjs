/**
 * Runs test files: `node run-files.mjs RESULTS LANES FILE…`. They are started in the order in which they are named, and told of
 * when they end; `node --test` would sort them by name, and start what takes longest at the end. RESULTS gets the lines of
 * reporter.mjs.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import reporter from './reporter.mjs';

const [results, lanes, ...files] = process.argv.slice(2);

/** Events of all files, those of one after those of another. */
async function* runAll() {
  const queue = [...files];
  const running = new Map();
  for (;;) {
    while (running.size < Number(lanes) && queue.length > 0) {
      const file = queue.shift();
      running.set(file, runFile(file));
    }
    if (running.size === 0) return;
    const { file, events } = await Promise.race(running.values());
    running.delete(file);
    yield* events;
  }
}

async function runFile(file) {
  const events = [];
  for await (const event of run({ files: [path.resolve(file)] })) {
    if (event.type === 'test:fail') process.exitCode = 1;
    // Totals of one file say nothing.
    const isTotal = event.type === 'test:diagnostic' && event.data.file === undefined;
    if (!isTotal) events.push(event);
  }
  return { file, events };
}

const events = Readable.from(runAll());
events.compose(reporter).pipe(fs.createWriteStream(results));
events.compose(new spec()).pipe(process.stdout);
