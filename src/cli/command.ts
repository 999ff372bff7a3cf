/** How a command is declared: one file each, typed options, and work that is only loaded when it runs. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Context, Outcome } from './context.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean | undefined;
  readonly progressFd: number | undefined;
}

export interface Command<O> {
  /** yargs' form: `commit <tree>`. */
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv<O>;
  readonly run: (context: Context, options: ArgumentsCamelCase<O>) => Promise<Outcome>;
  /** What it does, in words: shown on a terminal after a second, for as long as the work tells nothing of itself. */
  readonly doing?: string;
  /** It reads or writes the contents of a whole tree: a worker thread is started while its work is loaded. */
  readonly usesThreads?: true;
  /** Where the first argument is one of these words, that command is meant. */
  readonly subcommands?: readonly AnyCommand[];
}

/** A command whose option types are not known any more. */
export interface AnyCommand {
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv;
  readonly run: (context: Context, options: never) => Promise<Outcome>;
  readonly doing?: string;
  readonly usesThreads?: true;
  readonly subcommands?: readonly AnyCommand[];
  /** It does nothing itself: one of its subcommands must be named. */
  readonly isGroup?: true;
}

/** Declares a command; `O` is inferred from its builder. */
export function defineCommand<O>(command: Command<O>): AnyCommand {
  return command;
}

/** Declares a command that only has subcommands. */
export function defineGroup(
  name: string,
  describe: string,
  subcommands: readonly AnyCommand[],
): AnyCommand {
  return {
    command: name,
    describe,
    builder: (yargs) => yargs,
    run: () => Promise.resolve('done'),
    subcommands,
    isGroup: true,
  };
}
