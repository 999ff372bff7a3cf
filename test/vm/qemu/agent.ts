/** Talks to the agent in a machine (fleet.ts): a script goes in, its output and exit status come back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './machine.js';

export interface Answer {
  readonly status: number;
  readonly output: string;
}

const LOOK_EVERY_MS = 50;

export class Agent {
  private readonly socket: net.Socket;
  private readonly machine: Machine;
  private received = '';
  private ended = false;

  private constructor(socket: net.Socket, machine: Machine) {
    this.socket = socket;
    this.machine = machine;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      machine.heard();
    });
    socket.on('close', () => {
      this.ended = true;
    });
    // A machine whose power is cut does not say goodbye.
    socket.on('error', () => {
      this.ended = true;
    });
  }

  /**
   * Connects to the serial port that the QEMU of a machine puts at `path`.
   * @throws {AssertionError} when the machine ends before
   */
  static async connect(path: string, machine: Machine): Promise<Agent> {
    for (;;) {
      const socket = net.connect(path);
      try {
        await once(socket, 'connect');
        return new Agent(socket, machine);
      } catch {
        // There is no socket yet.
        if (machine.hasEnded) assert.fail(await machine.said());
        await sleep(LOOK_EVERY_MS);
      }
    }
  }

  /** Forgets what was said so far: the machine is about to start again. */
  forget(): void {
    this.received = '';
  }

  /** Waits until the agent says that it is there; false when the machine ended. */
  async ready(): Promise<boolean> {
    return (await this.take(/ready\r?\n/)) !== undefined;
  }

  /** Starts a script, and does not wait for its end. */
  start(script: string): void {
    this.socket.write(`${Buffer.from(script).toString('base64')}\n`);
  }

  /** The answer to what was started; undefined when the machine ended before. */
  async answer(): Promise<Answer | undefined> {
    const found = await this.take(/done (\d+) ([A-Za-z0-9+/=]*)\r?\n/);
    if (found === undefined) return undefined;
    const [, status = '', output = ''] = found;
    return { status: Number(status), output: Buffer.from(output, 'base64').toString() };
  }

  /** Output of a script that must end with this status. */
  async run(script: string, status = 0): Promise<string> {
    this.start(script);
    const answer = await this.answer();
    if (answer === undefined)
      assert.fail(`the machine ended during: ${script}\n${await this.machine.said()}`);
    assert.equal(answer.status, status, `${script}\n${answer.output}`);
    return answer.output.trimEnd();
  }

  private async take(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    for (;;) {
      const found = pattern.exec(this.received);
      if (found !== null) {
        this.received = this.received.slice(found.index + found[0].length);
        return found;
      }
      if (this.ended) return undefined;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
