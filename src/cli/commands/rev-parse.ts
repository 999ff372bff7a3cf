/** `rootseal rev-parse REV` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { openRepository, repositoryOption } from '../options.js';

export const revParse = defineCommand({
  command: 'rev-parse <rev>',
  describe: 'print the commit id that a revision stands for',
  builder: (yargs) =>
    repositoryOption(yargs).positional('rev', {
      type: 'string',
      takes: 'REV',
      demandOption: true,
      describe: 'branch, tag, id, prefix, REV^ or REV~N',
    }),
  run: async (context, options) => {
    const { resolveRevision } = await import('../../repo/revision.js');
    const id = resolveRevision(openRepository(context, options), options.rev);
    await printResult(context, id, { commitId: id });
    return 'done';
  },
});
