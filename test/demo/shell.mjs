/** Runs commands in sight: the command as one would type it, what it prints, and how long it took. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { searchPath } from '../setup/steps.mjs';
import { obstacleTo } from './parts.mjs';

const ROOTSEAL = fileURLToPath(new URL('../../bin/rootseal.js', import.meta.url));
const PLAIN_WORD = /^[\w@%+=:,./^~-]+$/;
const SHOWN_LINES = 20;

/** A command ended otherwise than the demo expects. */
export class Unexpected extends Error {}

/** The shell of one demo: a folder to work in, an environment, the times of the commands so far, and what was skipped. */
export class Shell {
  /** @param {import('./parts.mjs').Conditions} conditions */
  constructor(folder, env, conditions) {
    this.folder = folder;
    this.env = { ...process.env, PATH: searchPath(), ...env };
    this.conditions = conditions;
    this.times = [];
    /** @type {import('./parts.mjs').Skip[]} */
    this.skipped = [];
  }

  /** Prints a heading for the commands that follow. */
  heading(text) {
    console.log(`\n\n## ${text}\n`);
  }

  /** Does a part of the demo (one of parts.mjs), unless something stands in its way. */
  async unlessLacking(name, work) {
    const obstacle = obstacleTo(name, this.conditions);
    if (obstacle === undefined) await work();
    else this.skip(obstacle);
  }

  /** Says that a part is skipped, now and in the last line. */
  skip(part) {
    console.log(`Skipped: ${part.reason}.`);
    this.skipped.push(part);
  }

  /**
   * Runs a command and shows it.
   *
   * @param {string[]} command `rootseal` stands for this project's own
   * @param {{expect?: number[], title?: string, saveTo?: string}} options the exit statuses that are fine; a name for
   *   the summary; a file for the standard output
   * @returns {Promise<{status: number, stdout: string, output: string}>}
   * @throws {Unexpected} for any other status
   */
  async run(command, { expect = [0], title, saveTo } = {}) {
    const redirection = saveTo === undefined ? '' : ` > ${saveTo}`;
    console.log(`$ ${command.map(quote).join(' ')}${redirection}`);
    const start = performance.now();
    const result = await this.#spawn(command);
    const seconds = (performance.now() - start) / 1000;
    if (title !== undefined) this.times.push({ title, seconds });
    console.log(`[exit ${result.status}, ${seconds.toFixed(2)} s]\n`);
    if (!expect.includes(result.status)) {
      throw new Unexpected(`${command.join(' ')}: exit status ${result.status}`);
    }
    if (saveTo !== undefined) writeFileSync(join(this.folder, saveTo), result.stdout);
    return result;
  }

  #spawn([name, ...args]) {
    const [program, all] =
      name === 'rootseal' ? [process.execPath, [ROOTSEAL, ...args]] : [name, args];
    return new Promise((resolve, reject) => {
      const child = spawn(program, all, {
        cwd: this.folder,
        env: this.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const lines = new LinePrinter(SHOWN_LINES);
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text;
        lines.write(text);
      });
      child.stderr.setEncoding('utf8').on('data', (text) => lines.write(text));
      child.on('error', (error) =>
        reject(new Unexpected(`cannot start ${program}: ${error.message}`)),
      );
      child.on('close', (status) => {
        lines.end();
        resolve({ status, stdout, output: lines.text });
      });
    });
  }
}

/** Prints lines as they come, but no more than `limit` of them. */
class LinePrinter {
  constructor(limit) {
    this.limit = limit;
    this.printed = 0;
    this.rest = '';
    this.text = '';
  }

  write(text) {
    this.text += text;
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop();
    for (const line of lines) this.#print(line);
  }

  end() {
    if (this.rest !== '') this.#print(this.rest);
    if (this.printed > this.limit) console.log(`… and ${this.printed - this.limit} more lines`);
  }

  #print(line) {
    this.printed += 1;
    if (this.printed <= this.limit) console.log(line);
  }
}

function quote(word) {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
