/** Records the system calls of a `rootseal` call with strace(1), and finds their order. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PROGRAM } from './cli.js';

/** A system call that succeeded. Of two calls, one came first when its `end` is before the other's `start`. */
export interface Call {
  readonly name: string;
  /** Where it began and ended in the recording. */
  readonly start: number;
  readonly end: number;
  /** What the first descriptor among its arguments was open on. */
  readonly file: string | undefined;
  /** Its arguments in quotes: paths. */
  readonly paths: readonly string[];
}

/** Whether strace can be used here; otherwise why not. */
export function reasonForNoStrace(): string | false {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'needs strace (strace)';
  return status !== 0 && `strace does not work here: ${stderr.trim()}`;
}

/** Runs `rootseal`, which must succeed. */
export function recordCalls(
  scratch: string,
  names: readonly string[],
  args: readonly string[],
): Call[] {
  const output = path.join(scratch, 'strace');
  const options = ['-f', '-y', '-s', '0', '-e', `trace=${names.join(',')}`, '-o', output];
  const result = spawnSync('strace', [...options, process.execPath, PROGRAM, ...args], {
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
  return parseCalls(fs.readFileSync(output, 'utf8'));
}

function parseCalls(text: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { text: string; start: number }>();
  for (const [position, line] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text: rest, start: position });
      continue;
    }
    if (!/ = \d/.test(rest)) continue;
    const begun = rest.startsWith('<... ') ? unfinished.get(thread) : undefined;
    calls.push(parseCall(begun?.text ?? rest, begun?.start ?? position, position));
  }
  return calls;
}

function parseCall(text: string, start: number, end: number): Call {
  return {
    name: text.slice(0, text.indexOf('(')),
    start,
    end,
    file: /^\w+\(\d+<([^>]*)>/.exec(text)?.[1],
    paths: [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? ''),
  };
}
