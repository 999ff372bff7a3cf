/** Speaks to QEMU itself: its machine protocol (QMP, docs/interop/qmp-spec.rst of QEMU 7.2), one JSON object a line. */
import net from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class Monitor {
  private readonly socket: net.Socket;
  private readonly waiting: ((reply: Reply) => void)[] = [];
  private ended = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    const end = (): void => {
      this.ended = true;
      for (const answer of this.waiting.splice(0)) answer({ error: { desc: 'QEMU has ended' } });
    };
    socket.on('close', end);
    // It hands on the errors of the socket.
    createInterface({ input: socket })
      .on('error', end)
      .on('line', (line) => {
        const reply = JSON.parse(line) as Reply;
        // Events and the greeting come unasked.
        if ('return' in reply || 'error' in reply) this.waiting.shift()?.(reply);
      });
  }

  /** Connects to the socket at `path` as soon as QEMU has made it; undefined when `hasEnded` says that it never will. */
  static async connect(path: string, hasEnded: () => boolean): Promise<Monitor | undefined> {
    while (!hasEnded()) {
      const socket = net.connect(path);
      try {
        await once(socket, 'connect');
        const monitor = new Monitor(socket);
        await monitor.execute('qmp_capabilities');
        return monitor;
      } catch {
        await sleep(LOOK_EVERY_MS); // There is no socket yet.
      }
    }
    return undefined;
  }

  /** @throws {Error} with what QEMU says, when it refuses */
  async execute(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.ended) throw new Error(`${command}: QEMU has ended`);
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(`${JSON.stringify({ execute: command, arguments: words })}\n`);
    });
    if (reply.error !== undefined) throw new Error(`${command}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Stops the machine and writes all that it has in its memory to `file`. Its disks are flushed. */
  async save(file: string): Promise<void> {
    await this.execute('stop');
    await this.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
    await this.execute('migrate', { uri: `exec:cat >'${file}'` });
    for (;;) {
      const { status } = (await this.execute('query-migrate')) as { status?: string };
      if (status === 'completed') return;
      if (status === 'failed') throw new Error('the state of the machine could not be saved');
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Lets a machine go on that was started with a saved state, once it has all of it. */
  async goOn(): Promise<void> {
    for (;;) {
      const { status } = (await this.execute('query-status')) as { status: string };
      if (status !== 'inmigrate') break;
      await sleep(LOOK_EVERY_MS);
    }
    await this.execute('cont');
  }

  /** What people read of the processor. */
  async registers(): Promise<string> {
    const words = { 'command-line': 'info registers' };
    return String(await this.execute('human-monitor-command', words));
  }
}
