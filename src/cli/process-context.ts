/** The context of a real process. */
import fs from 'node:fs';
import { RootsealError } from '../util/errors.js';
import { noProgress, type Progress } from '../util/progress.js';
import type { GlobalOptions } from './command.js';
import type { Context, Output } from './context.js';
import { choosePaint } from './render/color.js';
import { jsonLinesProgress } from './render/progress-jsonl.js';
import { terminalProgress } from './render/progress-tty.js';

export function processContext(options: GlobalOptions, signal: AbortSignal): Context {
  const terminal =
    process.stderr.isTTY && !options.quiet && options.progressFd === undefined
      ? terminalProgress(process.stderr)
      : undefined;
  return {
    env: process.env,
    stdout: outputTo(process.stdout),
    stdoutIsTerminal: process.stdout.isTTY,
    json: options.json,
    verbose: options.verbose,
    privileged: process.geteuid?.() === 0,
    paint: choosePaint(options.color, process.stdout.isTTY, process.env),
    progress: progressOf(options, terminal?.show),
    signal,
    now,
    remark: (line) => {
      terminal?.clear();
      if (!options.quiet) process.stderr.write(`${line}\n`);
    },
  };
}

function outputTo(stream: NodeJS.WriteStream): Output {
  return (chunk) =>
    new Promise((resolve, reject) => {
      stream.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
}

function progressOf(options: GlobalOptions, terminal: Progress | undefined): Progress {
  const { progressFd } = options;
  if (progressFd === undefined) return terminal ?? noProgress;
  try {
    fs.fstatSync(progressFd);
  } catch (cause) {
    throw new RootsealError('USAGE', `--progress-fd ${progressFd}: not an open descriptor`, {
      cause,
    });
  }
  return jsonLinesProgress(progressFd);
}

function now(): number {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined) return Math.floor(Date.now() / 1000);
  if (/^[0-9]{1,12}$/.test(epoch)) return Number(epoch);
  throw new RootsealError(
    'USAGE',
    `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(epoch)}`,
  );
}
