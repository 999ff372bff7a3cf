/** One bash that runs what it is given, a command at a time, in an environment that a program before it prepares. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { Outcome } from './page.js';

/** Bound of one command that only a hang reaches. */
const HANG_MS = 40 * 60 * 1000;
const MARK = 'rootseal-howto-status';

/**
 * Decodes a command, and runs it as if it were typed: with the exit status of the one before in `$?`. The mark comes on
 * a line of its own, whatever the command printed last.
 */
function wrap(command: string): string {
  const encoded = Buffer.from(command).toString('base64');
  return [
    `__howto=$(base64 -d <<<${encoded})`,
    '(exit "${__status:-0}")',
    'eval "$__howto" </dev/null',
    '__status=$?',
    `printf '\\n${MARK} %s\\n' "$__status"`,
    '',
  ].join('\n');
}

export class Shell {
  private readonly child: ChildProcess;
  private received = '';
  private ended = false;

  private constructor(child: ChildProcess) {
    this.child = child;
    const take = (text: string): void => {
      this.received += text;
      this.child.emit('howto');
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.on('close', () => {
      this.ended = true;
      child.emit('howto');
    });
  }

  /**
   * Starts it; it ends with the test.
   * @param words a program with arguments that becomes a bash which reads commands from standard input
   */
  static start(t: TestContext, [program = '', ...args]: readonly string[]): Shell {
    // Both outputs into one pipe, in the order in which they were written.
    const child = spawn('bash', ['-c', 'exec "$@" 2>&1', 'bash', program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    return new Shell(child);
  }

  /** @throws {Error} when the shell ended, or a command hangs */
  async run(command: string): Promise<Outcome> {
    this.received = '';
    this.child.stdin?.write(wrap(command));
    const pattern = new RegExp(`\\n?\\n${MARK} (\\d+)\\n$`);
    const limit = AbortSignal.timeout(HANG_MS);
    for (;;) {
      const found = pattern.exec(this.received);
      if (found !== null)
        return { status: Number(found[1]), output: this.received.slice(0, found.index) };
      if (this.ended) throw new Error(`the shell ended during: ${command}\n${this.received}`);
      try {
        await once(this.child, 'howto', { signal: limit });
      } catch (cause) {
        throw new Error(`it does not end: ${command}\n${this.received}`, { cause });
      }
    }
  }
}
