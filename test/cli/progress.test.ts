/** Progress on a real terminal: one line that fits it, and is gone before a result; nothing where no person looks. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { listCommands } from '../../src/cli/commands/index.js';
import { PROGRAM } from '../helpers/cli.js';
import { everyCommand } from '../helpers/every-command.js';
import { until } from '../helpers/hang.js';
import { skipUnless } from '../helpers/programs.js';
import { TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { Terminal, type TerminalOptions } from '../helpers/terminal.js';

const skip = skipUnless('tmux', 'tar');

/** An archive that comes through a fifo, and stops in the middle for as long as the test likes. */
class HeldArchive {
  readonly fifo: string;
  private readonly bytes: Buffer;
  private readonly fd: number;
  private sent = 0;

  constructor(t: TestContext, size: number) {
    const scratch = scratchDirectory(t);
    fs.writeFileSync(join(scratch, 'file'), Buffer.alloc(size, 'content '));
    const tar = ['-C', scratch, '-cf', '-', '--sort=name', '--mtime=@0', 'file'];
    this.bytes = execFileSync('tar', tar, { maxBuffer: 2 ** 28 });
    this.fifo = join(scratch, 'fifo');
    execFileSync('mkfifo', [this.fifo]);
    // Both ends, so that opening it waits for nobody; a write that would wait is left out.
    this.fd = fs.openSync(this.fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    t.after(() => {
      this.close();
    });
  }

  /** Sends what is left up to a place, as far as it is read. */
  async sendTo(end: number): Promise<void> {
    const aim = Math.min(end, this.bytes.length);
    await until({ what: 'the archive to be read' }, () => this.push(aim));
  }

  /** Sends what is taken at once, and says whether that is all up to a place. */
  push(aim: number): boolean {
    try {
      this.sent += fs.writeSync(this.fd, this.bytes, this.sent, aim - this.sent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return this.sent === aim;
  }

  private isOpen = true;

  close(): void {
    if (this.isOpen) fs.closeSync(this.fd);
    this.isOpen = false;
  }
}

function start(
  t: TestContext,
  args: readonly string[],
  options: Omit<TerminalOptions, 'command'> = {},
): Terminal {
  const command = [process.execPath, PROGRAM, ...args];
  return Terminal.start(t, { ...options, command });
}

const MB = 1_000_000;

test(
  'a long verb has one line that fits the terminal, and it is gone before the result',
  { skip },
  async (t) => {
    const archive = new HeldArchive(t, 4 * MB);
    const stopAt = { ROOTSEAL_STOP_AT: 'progress' };
    const words = [process.execPath, PROGRAM, 'image', 'digest', `tar:${archive.fifo}`];
    // Below a shell, because tmux lets go on what it has started itself and sees stopped.
    const command = ['sh', '-c', '"$@"; exit', 'sh', ...words];
    const terminal = Terminal.start(t, { command, columns: 60, rows: 10, env: stopAt });
    // On a busy machine the line comes, and the program stops, before all of that was read.
    await terminal.until('the first line of progress', (text) => {
      archive.push(3 * MB);
      return text.includes('stopped at progress');
    });
    const [line = '', stopped, ...others] = terminal.lines();
    assert.match(line, /^reading the tree: \d+(?:\.\d)? [kM]?B(?:, \d+(?:\.\d)? [kM]?B\/s)?$/);
    assert.deepEqual([stopped, ...others], ['stopped at progress']);
    assert.ok(!terminal.colours().includes('\u001b['));
  },
);

test(
  'the line is cut to what the terminal becomes, leaves nothing behind, and the result stands alone',
  { skip },
  async (t) => {
    const archive = new HeldArchive(t, 4 * MB);
    // As most terminals are: what was written before fills the screen.
    const words = [process.execPath, PROGRAM, 'image', 'digest', `tar:${archive.fifo}`];
    const command = ['sh', '-c', 'seq 1 20; exec "$@"', 'sh', ...words, '--print-digest'];
    const terminal = Terminal.start(t, { command, columns: 60, rows: 10 });
    const rest = (): string[] => terminal.lines().slice(terminal.lines().indexOf('20') + 1);
    const only = (what: string, pattern: RegExp): Promise<string> =>
      terminal.until(what, () => rest().length === 1 && pattern.test(rest()[0] ?? ''));
    await archive.sendTo(3 * MB);
    await only('progress', /^reading the tree: [23]\.\d MB/);
    terminal.resize(12);
    await only('a line of 11 cells', /^rea: 3\.0 MB$/);
    terminal.resize(100);
    await only('a wide line', /^reading the tree: 3\.0 MB/);
    await archive.sendTo(Infinity);
    archive.close();
    await terminal.until('the end', () => terminal.hasEnded());
    assert.equal(rest().length, 1, terminal.screen());
    assert.match(rest()[0] ?? '', /^[0-9a-f]{64}$/);
  },
);

test(
  'what is known to be fetched has percent, and the time left is not told before it means something',
  { skip },
  async (t) => {
    const from = TestRepository.make(t);
    const scratch = scratchDirectory(t);
    from.expect(['key', 'generate', 'a.example.org', '--output', join(scratch, 'key')]);
    fs.mkdirSync(join(scratch, 'keys'));
    fs.copyFileSync(join(scratch, 'key.pub'), join(scratch, 'keys/key.pub'));
    from.commit({ first: 'a'.repeat(200_000), second: 'b'.repeat(300_000) });
    from.expect(['seal', 'main', '--key', join(scratch, 'key')]);
    const held = await serveHalf(t, from.path);
    const to = new TestRepository(scratch, join(scratch, 'to'));
    to.expect(['init']);
    to.expect(['remote', 'add', 'site', held, '--keys', join(scratch, 'keys')]);
    const terminal = start(t, ['pull', 'site', 'main', '--repo', to.path], {
      columns: 60,
      rows: 10,
    });
    const screen = await terminal.until('progress', (text) => text.includes('fetching: '));
    const line = screen.split('\n').at(-1) ?? '';
    assert.match(
      line,
      /^fetching: \d{1,2} % of 5\d\d\.\d kB(?:, \d+\.?\d* k?B\/s)?(?:, \d+ (?:s|min) left)?$/,
    );
    terminal.press('C-c');
    await terminal.until('the end', () => terminal.hasEnded());
    // What tmux says of the end moves the rest up.
    const all = terminal.lines().join('\n');
    assert.match(all, /error: interrupted/);
    assert.doesNotMatch(all, /fetching/);
  },
);

/** A server that gives small files whole, and of larger ones the first half, and then nothing more. */
async function serveHalf(t: TestContext, directory: string): Promise<string> {
  const server = http.createServer((request, response) => {
    const file = join(
      directory,
      decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname),
    );
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const content = fs.readFileSync(file);
    response.writeHead(200, { 'content-length': content.length });
    if (content.length < 100_000) response.end(content);
    else response.write(content.subarray(0, content.length / 2));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every command says what it does, unless that is done at once or others write on the terminal', async () => {
  const silent = (await everyCommand())
    .filter(({ command }) => command.doing === undefined)
    .map(({ declaration }) => declaration.words);
  assert.deepEqual(silent.sort(), [
    ...['branch delete', 'branch list', 'branch set', 'completion bash', 'completion fish'],
    ...['completion names', 'completion zsh', 'etc settle', 'help', 'image umount', 'init'],
    ...[
      'key generate',
      'key import',
      'key show',
      'pin',
      'remote add',
      'remote branches',
      'remote list',
      'remote remove',
    ],
    ...['rev-parse', 'seal', 'seal attach', 'seal review', 'seal sign'],
    ...['secure-boot enroll-files', 'secure-boot generate-keys'],
    ...[
      'secure-boot revoke',
      'secure-boot sign',
      'show',
      'tag delete',
      'tag list',
      'tag set',
      'unpin',
      'usr-overlay',
    ],
    'verity measure',
  ]);
  assert.ok((await listCommands()).length > 0);
});
