/** The context of a real process. */
import fs from 'node:fs';
import { RootsealError } from '../util/errors.js';
import { printableJson } from '../util/printable.js';
import { noProgress, type Progress } from '../util/progress.js';
import { streams } from '../util/streams.js';
import type { GlobalOptions } from './command.js';
import type { Context } from './context.js';
import { choosePaint } from './render/color.js';
import { jsonLinesProgress } from './render/progress-jsonl.js';
import type { ProgressPlace } from './render/progress-tty.js';
import { showsProgress } from './render/shows-progress.js';

/** @param doing what the command does, in words, for a terminal (`Command.doing`) */
export async function processContext(
  options: GlobalOptions,
  signal: AbortSignal,
  doing?: string,
): Promise<Context> {
  const remark = (line: string): void => {
    if (!options.quiet)
      streams.line(options.json ? printableJson({ version: 1, note: line }) : line);
  };
  return {
    env: process.env,
    stdout: (chunk) => streams.result(chunk),
    stdoutIsTerminal: process.stdout.isTTY,
    json: options.json,
    verbose: options.verbose,
    privileged: process.geteuid?.() === 0,
    paint: choosePaint(options.color, process.stdout.isTTY, process.env),
    progress: await progressOf(options, remark, doing),
    signal,
    now,
    sourceDate,
    remark,
  };
}

async function progressOf(
  { progressFd, quiet, json }: GlobalOptions,
  remark: (line: string) => void,
  doing?: string,
): Promise<Progress> {
  if (progressFd === undefined) {
    const isTerminal = process.stderr.isTTY;
    if (!showsProgress({ isTerminal, quiet: quiet || json, env: process.env })) return noProgress;
    // It measures text, and what that needs would take a fifth of the start of every command.
    const { terminalProgress } = await import('./render/progress-tty.js');
    return terminalProgress(TERMINAL, doing);
  }
  try {
    fs.fstatSync(progressFd);
  } catch {
    throw new RootsealError('USAGE', `--progress-fd: ${progressFd} is not open`);
  }
  return jsonLinesProgress(progressFd, (reason) => {
    remark(`--progress-fd: ${reason}: no more progress is written there`);
  });
}

const TERMINAL: ProgressPlace = {
  streams,
  columns: () => process.stderr.columns,
  now: () => performance.now(),
  repeat: (action, milliseconds) => {
    setInterval(action, milliseconds).unref();
    process.once('exit', () => {
      streams.eraseProgress();
    });
  },
  onResize: (action) => {
    process.stderr.on('resize', action);
  },
};

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function sourceDate(): number {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined) return now();
  if (/^[0-9]{1,12}$/.test(epoch)) return Number(epoch);
  throw new RootsealError(
    'USAGE',
    `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(epoch)}`,
  );
}
