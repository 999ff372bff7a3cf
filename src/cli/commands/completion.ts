/** `rootseal completion SHELL` */
import path from 'node:path';
import { RootsealError } from '../../util/errors.js';
import { defineCommand, type AnyCommand } from '../command.js';
import { printResult } from '../context.js';
import { SCRIPTS, SHELLS } from '../completion/scripts.js';

export const completion: AnyCommand = defineCommand({
  command: 'completion [shell] [words..]',
  describe: 'print a script that makes a shell complete command lines',
  builder: (yargs) =>
    yargs
      .positional('shell', {
        type: 'string',
        choices: [...SHELLS, 'candidates'] as const,
        describe: 'the shell (default: that of $SHELL); candidates: what scripts ask for',
      })
      .positional('words', {
        type: 'string',
        array: true,
        default: [],
        describe: 'for candidates: the words so far after --, the last one incomplete',
      }),
  run: async (context, options) => {
    const shell =
      options.shell ?? SHELLS.find((one) => one === path.basename(context.env['SHELL'] ?? ''));
    if (shell === 'candidates') {
      const { candidatesFor } = await import('../completion/candidates.js');
      const found = await candidatesFor(options.words);
      await printResult(context, found.join('\n'), found);
      return 'done';
    }
    if (shell === undefined || options.words.length > 0)
      throw new RootsealError('USAGE', `completion: name one of ${SHELLS.join(', ')}`);
    await printResult(context, SCRIPTS[shell], { shell, script: SCRIPTS[shell] });
    return 'done';
  },
});
