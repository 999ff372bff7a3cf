/** A program on a terminal: what it is typed, what stands on the screen, how wide that is. By tmux, each with a server of its own. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from './hang.js';
import { scratchDirectory, type Scope } from './scratch.js';

export interface TerminalOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export class Terminal {
  private readonly socket: string;
  private server: number | undefined;

  private constructor(t: Scope) {
    t.after(() => {
      this.end();
    });
    this.socket = join(scratchDirectory(t), 'tmux');
  }

  static start(t: Scope, options: TerminalOptions): Terminal {
    const { command, columns = 80, rows = 24, env = {}, cwd = '/' } = options;
    const terminal = new Terminal(t);
    const variables = Object.entries(env);
    const words = [
      ...[
        'env',
        ...variables.flatMap(([name, value]) => (value === undefined ? ['-u', name] : [])),
      ],
      ...variables.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      ...command,
    ];
    // The screen stays when the program has ended.
    const set = [...['set', '-g', 'remain-on-exit', 'on', ';'], ...['set', '-g', 'status', 'off']];
    const size = ['-x', String(columns), '-y', String(rows)];
    terminal.tmux(...set, ';', 'new-session', '-d', ...size, '-c', cwd, ...words);
    terminal.server = Number(terminal.tmux('display-message', '-p', '#{pid}'));
    return terminal;
  }

  /** Types a text as it is. */
  type(text: string): void {
    if (text !== '') this.tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys, by the names that tmux has for them: `Tab`, `C-c`, `Enter`. */
  press(...keys: string[]): void {
    this.tmux('send-keys', '--', ...keys);
  }

  /** All lines since it was started, without blanks at their ends, down to the last that is not empty. */
  lines(): string[] {
    return this.capture('-S', '-').split('\n');
  }

  /** What is to be seen now; lines as above. */
  screen(): string {
    return this.capture();
  }

  /** The same with the control sequences of colours. */
  colours(): string {
    return this.tmux('capture-pane', '-p', '-e');
  }

  resize(columns: number): void {
    this.tmux('resize-window', '-x', String(columns));
  }

  /** Waits until the screen is such. */
  async until(what: string, isSo: (screen: string) => boolean): Promise<string> {
    await until({ what, tell: () => this.screen() }, () => isSo(this.screen()));
    return this.screen();
  }

  hasEnded(): boolean {
    return this.tmux('display-message', '-p', '#{pane_dead}').trim() === '1';
  }

  /** The process that runs in it. */
  get pid(): number {
    return Number(this.tmux('display-message', '-p', '#{pane_pid}'));
  }

  private capture(...range: string[]): string {
    // The last line is what tmux says of a program that has ended.
    return this.tmux('capture-pane', '-p', ...range)
      .replace(/\n*Pane is dead[^\n]*\s*$/, '')
      .replace(/\s+$/, '');
  }

  private end(): void {
    // Its socket may be gone. What runs in it gets SIGHUP.
    if (this.server !== undefined) process.kill(this.server);
    this.server = undefined;
  }

  private tmux(...args: string[]): string {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const env = { ...process.env, TMUX: undefined, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
    const words = ['-S', this.socket, '-f', '/dev/null', ...args];
    return execFileSync('tmux', words, { stdio: [...stdio], encoding: 'utf8', env });
  }
}
