/** Every command that can be run, and a place where it can be. */
import fs from 'node:fs';
import { join } from 'node:path';
import { listCommands } from '../../src/cli/commands/index.js';
import type { AnyCommand } from '../../src/cli/command.js';
import type { Context } from '../../src/cli/context.js';
import { noPaint } from '../../src/cli/render/color.js';
import { declarationOf, type Declaration } from '../../src/cli/usage/declared.js';
import { parseWords } from '../../src/cli/usage/parse-arguments.js';
import { noProgress } from '../../src/util/progress.js';
import { rootseal, type CallResult } from './cli.js';
import { TIME } from './repository.js';
import { generateKeys, type KeyName } from '../../src/release/secure-boot/key-directory.js';
import { makePe } from './pe-file.js';
import { memory, scratchDirectory, type Scope } from './scratch.js';
import { TestSysroot } from './sysroot.js';

export interface Runnable {
  readonly command: AnyCommand;
  readonly declaration: Declaration;
}

/** All of them, in the order of `rootseal --help`. */
export async function everyCommand(): Promise<Runnable[]> {
  const groups = await listCommands();
  const commands = groups.flatMap(({ everyday, others }) => [...everyday, ...others]);
  return commands.flatMap((command) => leaves(command, firstWord(command)));
}

function leaves(command: AnyCommand, words: string): Runnable[] {
  const { subcommands = [], isGroup } = command;
  return [
    ...(isGroup === true ? [] : [{ command, declaration: declarationOf(command, words) }]),
    ...subcommands.flatMap((one) => leaves(one, `${words} ${firstWord(one)}`)),
  ];
}

function firstWord(command: AnyCommand): string {
  return command.command.split(' ')[0] ?? '';
}

/** A sysroot with a deployment and a newer release, a key, a remote, an image, an archive and a tree. */
export class Workshop {
  readonly sysroot: TestSysroot;
  readonly scratch: string;
  private count = 0;

  private constructor(sysroot: TestSysroot) {
    this.sysroot = sysroot;
    this.scratch = sysroot.scratch;
  }

  static make(t: Scope): Workshop {
    const sysroot = TestSysroot.makeIn(scratchDirectory(t, memory()));
    const workshop = new Workshop(sysroot);
    const { repository } = sysroot;
    sysroot.release('1');
    sysroot.expect(['deploy', 'main', '--origin', 'origin/main']);
    sysroot.release('2');
    repository.expect(['key', 'generate', 'release.example.org', '--output', workshop.file('key')]);
    fs.mkdirSync(workshop.file('keys'));
    fs.copyFileSync(workshop.file('key.pub'), workshop.file('keys/key.pub'));
    repository.expect(['seal', 'main', '--key', workshop.file('key')]);
    repository.expect(['branch', 'set', 'other', 'main']);
    repository.expect(['tag', 'set', 'v0', 'main']);
    fs.writeFileSync(sysroot.state('default', 'etc/changed'), 'by this machine');
    fs.writeFileSync(workshop.file('policy'), '[verify]\nmode=none\n');
    repository.expect([
      ...['remote', 'add', 'origin', repository.path],
      ...['--keys', workshop.file('keys'), '--policy', workshop.file('policy')],
    ]);
    fs.mkdirSync(workshop.file('tree/etc'), { recursive: true });
    fs.writeFileSync(workshop.file('tree/etc/file'), 'content '.repeat(100));
    repository.expect(['image', 'create', workshop.file('tree'), workshop.file('image')]);
    return workshop;
  }

  file(name: string): string {
    return join(this.scratch, name);
  }

  /** A name that nothing has. */
  fresh(): string {
    return this.file(`new-${++this.count}`);
  }

  /** @param through a program that runs what follows it */
  call(words: readonly string[], through: readonly string[] = []): CallResult {
    return rootseal(words, {
      through,
      cwd: this.scratch,
      env: { ROOTSEAL_REPO: this.sysroot.repository.path },
    });
  }

  /**
   * Runs a command in this process, which is much quicker, from its words on; nothing is printed.
   * @returns what it threw; undefined when it did not
   */
  async run({ command, declaration }: Runnable, words: readonly string[]): Promise<unknown> {
    try {
      const values = parseWords(declaration, words);
      await command.run(this.context(), values as never);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  private context(): Context {
    return {
      env: { ...process.env, ROOTSEAL_REPO: this.sysroot.repository.path },
      stdout: () => Promise.resolve(),
      stdoutIsTerminal: false,
      json: false,
      verbose: false,
      privileged: process.geteuid?.() === 0,
      progress: noProgress,
      paint: noPaint,
      now: () => TIME,
      sourceDate: () => TIME,
      signal: new AbortController().signal,
      remark: () => undefined,
    };
  }

  /**
   * A call of the command that comes to its result here; undefined for what needs a machine, a mount, tools or much time.
   */
  wordsFor(command: string): string[] | undefined {
    const make = CALLS[command];
    return make === undefined ? undefined : [...command.split(' '), ...make(this)];
  }
}

type Arguments = (workshop: Workshop) => string[];

const sysroot: Arguments = (workshop) => ['--sysroot', workshop.sysroot.directory];
const image: Arguments = (workshop) => [workshop.file('image')];
const main: Arguments = () => ['main'];
const none: Arguments = () => [];

/** A directory with keys for Secure Boot. */
function secureBootKeys(at: Workshop): string {
  const directory = at.file('secure-boot');
  const request = {
    name: 'example.org',
    notBefore: TIME,
    notAfter: TIME + 1,
    passphrase: undefined,
  };
  if (!fs.existsSync(directory)) generateKeys(directory, request);
  return directory;
}

/** What is to be signed of `main`. */
function requestFile(at: Workshop): string {
  const file = at.file('request');
  at.sysroot.repository.expect(['seal', 'request', 'main', '--output', file, '--quiet']);
  return file;
}

/** It signed. */
function answerFile(at: Workshop): string {
  const file = at.file('answer');
  const signer = ['--key', at.file('key'), '--output', file, '--quiet'];
  at.sysroot.repository.expect(['seal', 'sign', requestFile(at), ...signer]);
  return file;
}

/** What reads as a boot loader. */
const peFile: Arguments = (at) => {
  const content = Buffer.from('#### LoaderInfo: systemd-boot 257 ####');
  fs.writeFileSync(at.file('boot.efi'), makePe({ sections: [{ name: '.sdmagic', content }] }));
  return [at.file('boot.efi')];
};

function signedBy(at: Workshop, name: KeyName): string[] {
  const keys = secureBootKeys(at);
  return ['--cert', join(keys, `${name}.crt`), '--key', join(keys, `${name}.key`)];
}

const CALLS: Readonly<Record<string, Arguments>> = {
  status: sysroot,
  upgrade: (at) => [...sysroot(at), '--check'],
  kargs: sysroot,
  'etc diff': sysroot,
  // What is deployed already would not be told.
  deploy: (at) => [at.sysroot.release(at.fresh().replace(/^.*-/, '3.')), '--stage', ...sysroot(at)],
  pin: (at) => ['default', ...sysroot(at)],
  unpin: (at) => ['default', ...sysroot(at)],
  repair: sysroot,
  doctor: none,
  init: (at) => [at.fresh()],
  commit: (at) => [at.file('tree'), '-b', 'work'],
  seal: (at) => ['other', '--key', at.file('key')],
  'seal request': main,
  'seal review': (at) => [requestFile(at)],
  'seal sign': (at) => [requestFile(at), '--key', at.file('key')],
  'seal attach': (at) => ['main', answerFile(at), '--keys', at.file('keys')],
  attest: (at) => [
    'main',
    ...['--type', 'slsa', '--builder-id', 'https://ci.example.org/'],
    ...['--key', at.file('key')],
  ],
  verify: (at) => ['other', '--keys', at.file('keys')],
  'key generate': (at) => ['a.example.org', '--output', at.fresh()],
  'key show': (at) => [at.file('key')],
  log: main,
  show: main,
  diff: () => ['main^', 'main'],
  report: (at) => ['main^..main', '--keys', at.file('keys')],
  ls: () => ['main', '/etc'],
  cat: () => ['main', '/usr/lib/version'],
  export: main,
  'branch list': none,
  'branch set': () => ['third', 'main'],
  'tag list': none,
  'tag set': (at) => [`v${at.fresh().replace(/^.*-/, '')}`, 'main'],
  'rev-parse': main,
  lint: main,
  fsck: none,
  gc: () => ['--dry-run'],
  du: main,
  'remote list': none,
  pull: () => ['origin', 'main'],
  'image create': (at) => [at.file('tree'), at.fresh()],
  'image digest': image,
  'image dump': image,
  'image ls': image,
  'image objects': image,
  'image missing': (at) => [...image(at), '--objects', at.file('keys')],
  'secure-boot generate-keys': (at) => [at.fresh(), '--name', 'example.org'],
  'secure-boot enroll-files': (at) => [secureBootKeys(at)],
  'secure-boot sign': (at) => [...peFile(at), ...signedBy(at, 'db'), '--output', at.fresh()],
  'secure-boot revoke': (at) => [...peFile(at), ...signedBy(at, 'KEK'), '--output', at.fresh()],
  'verity digest': (at) => [at.file('key')],
  help: none,
  completion: () => ['bash'],
};
