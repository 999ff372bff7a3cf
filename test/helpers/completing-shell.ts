/** Real shells that complete a line as a person would have it: bash and zsh at their prompt, fish by its own question. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { until } from './hang.js';
import { scratchDirectory, type Scope } from './scratch.js';
import { Terminal } from './terminal.js';

export interface ShellPlace {
  /** Directory with a program `rootseal`. */
  readonly bin: string;
  readonly cwd: string;
  /** The script that makes the shell complete. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface CompletingShell {
  /** The line after TAB was pressed at its end. */
  readonly complete: (line: string) => Promise<string>;
  /** The line with all that could stand in the place of its last word, each quoted as the shell does it. */
  readonly all: (line: string) => Promise<string>;
  readonly screen: () => string;
}

/** Keys for what no shell does by itself: to insert all completions, and to write the line to a file. */
const ALL = ['C-x', 'C-l'];
const WRITE = ['C-x', 'C-d'];

export function startBash(t: Scope, place: ShellPlace): CompletingShell {
  const scratch = scratchDirectory(t);
  const out = join(scratch, 'lines');
  const rc = join(scratch, 'rc');
  fs.writeFileSync(
    rc,
    `PS1='$ '
    bind 'set bell-style none'
    bind 'set enable-bracketed-paste off'
    bind 'set page-completions off'
    bind 'set completion-query-items 0'
    bind '"\\C-x\\C-l": insert-completions'
    bind -x '"\\C-x\\C-d": printf "%s\\0" "$READLINE_LINE" >>"$LINES_FILE"'
    source "$COMPLETION_SCRIPT"
    `,
  );
  const command = ['bash', '--noprofile', '--rcfile', rc, '-i'];
  return start(t, place, { command, out, env: {} });
}

export function startZsh(t: Scope, place: ShellPlace): CompletingShell {
  const scratch = scratchDirectory(t);
  const out = join(scratch, 'lines');
  fs.writeFileSync(
    join(scratch, '.zshrc'),
    `PS1='$ '
    unsetopt beep
    LISTMAX=1000
    autoload -Uz compinit
    compinit -D -u
    zle -C all-matches complete-word _generic
    bindkey '^X^L' all-matches
    zstyle ':completion:all-matches::::' completer _all_matches _complete
    zstyle ':completion:all-matches:*' insert true
    write-line() { print -rn -- "$BUFFER"$'\\0' >>"$LINES_FILE" }
    zle -N write-line
    bindkey '^X^D' write-line
    source "$COMPLETION_SCRIPT"
    `,
  );
  return start(t, place, { command: ['zsh', '-i'], out, env: { ZDOTDIR: scratch } });
}

interface Started {
  readonly command: readonly string[];
  /** Gets each line that was written, and a zero byte after it. */
  readonly out: string;
  readonly env: Readonly<Record<string, string>>;
}

function start(t: Scope, place: ShellPlace, { command, out, env }: Started): CompletingShell {
  fs.writeFileSync(out, '');
  const terminal = Terminal.start(t, {
    command,
    columns: 200,
    rows: 50,
    cwd: place.cwd,
    env: {
      ...environment(place),
      ...env,
      LINES_FILE: out,
      COMPLETION_SCRIPT: place.script,
    },
  });
  let count = 0;
  const ready = terminal.until('the prompt', (screen) => screen.endsWith('$'));
  const ask = async (line: string, keys: readonly string[]): Promise<string> => {
    await ready;
    terminal.press('C-u');
    terminal.type(line);
    terminal.press(...keys, ...WRITE);
    const lines = (): string[] => fs.readFileSync(out, 'utf8').split('\0').slice(0, -1);
    const context = { what: `the line ${line}`, tell: () => terminal.screen() };
    await until(context, () => lines().length > count);
    count++;
    return lines().at(-1) ?? '';
  };
  return {
    complete: (line) => ask(line, ['Tab']),
    all: (line) => ask(line, ALL),
    screen: () => terminal.screen(),
  };
}

/** What fish offers after each line: the whole last word, quoted, and what it is. */
export function askFish(
  t: Scope,
  place: ShellPlace,
  lines: readonly string[],
): Map<string, Map<string, string>> {
  const home = scratchDirectory(t);
  const script = `
    source $COMPLETION_SCRIPT
    for line in $argv
      complete -C $line --escape
      echo ----
    end`;
  const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script, '--', ...lines], {
    cwd: place.cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment(place), HOME: home, COMPLETION_SCRIPT: place.script },
  });
  assert.equal(stderr, '');
  const answers = stdout.split('----\n');
  return new Map(
    lines.map((line, index) => [
      line,
      new Map(
        (answers[index] ?? '')
          .split('\n')
          .filter((one) => one !== '')
          .map((one) => one.split('\t', 2) as [string, string]),
      ),
    ]),
  );
}

function environment({ bin, env }: ShellPlace): Record<string, string | undefined> {
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C.UTF-8', ...env };
}
