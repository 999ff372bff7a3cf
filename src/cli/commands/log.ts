/** `rootseal log REV` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, requireCount, withRepository } from '../options.js';
import { describeCommit, type ShownCommit } from '../render/commit-text.js';

export const log = defineCommand({
  command: 'log <rev>',
  describe: 'list a commit and its ancestors',
  doing: 'reading the history',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'where to start',
      })
      .option('limit', {
        alias: 'n',
        type: 'number',
        takes: 'N',
        describe: 'list at most this many',
      }),
  run: async (context, options) => {
    const limit = requireCount('--limit', options.limit) ?? Infinity;
    const { history } = await import('../../repo/history.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const { readSeal } = await import('../../repo/seals.js');
    const entries = await withRepository(context, options, (repository) => {
      const found: ShownCommit[] = [];
      for (const entry of history(repository, resolveRevision(repository, options.rev))) {
        if (found.length >= limit) break;
        found.push({ ...entry, sealed: readSeal(repository, entry.id) !== undefined });
      }
      return found;
    });
    await printResult(
      context,
      entries.map((entry) => describeCommit(entry, context.paint)).join('\n'),
      entries,
    );
    return 'done';
  },
});
