/** `rootseal completion SHELL`, and what its scripts ask. */
import { defineCommand, defineGroup, type AnyCommand } from '../command.js';
import { printResult } from '../context.js';
import { SHELLS, type Shell } from '../completion/shells.js';
import { hostRepositoryOptions } from '../options.js';
import { NAME_KINDS } from '../usage/values.js';

function scriptCommand(shell: Shell): AnyCommand {
  return defineCommand({
    command: shell,
    describe: `print a script that makes ${shell} complete command lines`,
    builder: (yargs) => yargs,
    run: async (context) => {
      const { scriptFor } = await import('../completion/scripts.js');
      const script = await scriptFor(shell);
      await printResult(context, script, { shell, script });
      return 'done';
    },
  });
}

const names = defineCommand({
  command: 'names <kind> [start]',
  describe: 'list names of what there is, as scripts ask for it at each TAB',
  builder: (yargs) =>
    hostRepositoryOptions(yargs)
      .positional('kind', {
        type: 'string',
        choices: NAME_KINDS,
        demandOption: true,
        describe: 'what they name',
      })
      .positional('start', {
        type: 'string',
        takes: 'TEXT',
        default: '',
        describe: 'what they begin with (default: anything)',
      })
      .option('remote', {
        type: 'string',
        takes: 'REMOTE',
        describe: 'whose branches, for branch-of-remote',
      }),
  run: async (context, options) => {
    const { namesOfKind } = await import('../completion/name-lists.js');
    const { kind, start, remote, repo, sysroot } = options;
    const found = await namesOfKind(context, { kind, start, remote, place: { repo, sysroot } });
    const lines = found.map(({ name, about }) => `${name}\t${about}`);
    await printResult(context, lines.join('\n'), { names: found });
    return 'done';
  },
});

export const completion = defineGroup(
  'completion',
  'print a script that makes a shell complete command lines',
  [...SHELLS.map(scriptCommand), names],
);
