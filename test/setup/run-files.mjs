/**
 * Runs test files: `node run-files.mjs RESULTS LANES FILE…`. Each is a process of its own. They are started in the order in which
 * they are named, and what one says is printed when it ends. RESULTS gets the lines of reporter.mjs, and for each file one line
 * `{"times": FILE, "seconds": …, "processor": …}` with seconds by the clock and of the processor, its children's included.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [results, lanes, ...files] = process.argv.slice(2);
const here = (name) => new URL(name, import.meta.url).pathname;

/** Only a hang takes so long: the longest file takes some minutes on a quiet machine. */
const HANGS_AFTER_MS = 60 * 60 * 1000;

process.setMaxListeners(0);
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => process.exit(status));

const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-files-'));
const queue = files.map((file, index) => ({ file, place: join(scratch, String(index)) }));
await Promise.all(Array.from({ length: Number(lanes) }, runQueue));
fs.rmSync(scratch, { recursive: true });

async function runQueue() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runFile(next);
}

async function runFile({ file, place }) {
  const [outcomes, processor] = [`${place}.jsonl`, `${place}.times`];
  const start = performance.now();
  const { output, problem } = await runNode(file, outcomes, processor);
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(output);
  const lines = readOrEmpty(outcomes);
  // A file that ends badly although no test of it failed: it could not be loaded, or was killed.
  const isUntold = problem !== undefined && !lines.includes('"outcome":"failed"');
  const own = isUntold ? [{ outcome: 'failed', name: file, file, error: problem }] : [];
  if (isUntold) console.log(`✖ ${file}: ${problem}`);
  if (problem !== undefined) process.exitCode = 1;
  own.push({ times: file, seconds, processor: Number(readOrEmpty(processor)) });
  fs.appendFileSync(results, lines + own.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** What it printed, and why it did not end well, if so. */
function runNode(file, outcomes, processor) {
  const args = [
    ...['--enable-source-maps', '--import', here('processor-time.mjs')],
    ...[`--test-reporter=${here('file-reporter.mjs')}`, '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${here('reporter.mjs')}`, `--test-reporter-destination=${outcomes}`],
  ];
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(process.execPath, [...args, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ROOTSEAL_TEST_PROCESSOR_TIME: processor,
        ROOTSEAL_TEST_PROCESS: undefined,
      },
      detached: true,
    });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    let hung;
    const limit = setTimeout(() => {
      hung = `it did not end within ${HANGS_AFTER_MS / 60_000} minutes`;
      void processesNow().then((text) => {
        chunks.push(Buffer.from(`\n${file}: ${hung}; what runs now:\n${text}\n`));
        killGroup(child.pid);
        // A process that has left the group may hold the pipes.
        child.stdout.destroy();
        child.stderr.destroy();
      });
    }, HANGS_AFTER_MS);
    const stop = () => killGroup(child.pid);
    process.on('exit', stop);
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      process.off('exit', stop);
      const end = status === 0 ? undefined : `it ended with ${signal ?? `exit status ${status}`}`;
      resolve({ output: Buffer.concat(chunks), problem: hung ?? end });
    });
  });
}

/** The file with all that it has started and that has not left its group. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Who stands where: each process with its parent, state and what it waits for in the kernel. */
function processesNow() {
  return new Promise((resolve) => {
    const columns = 'pid,ppid,stat,etime,time,wchan:24,args';
    const child = spawn('ps', ['-e', '--forest', '-o', columns]);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve(error.message));
    child.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function readOrEmpty(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
