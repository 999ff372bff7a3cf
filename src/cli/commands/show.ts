/** `rootseal show REV` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { openRepository, repositoryOption } from '../options.js';
import { describeCommit } from '../render/commit.js';

export const show = defineCommand({
  command: 'show <rev>',
  describe: 'show a commit and its seal',
  builder: (yargs) =>
    repositoryOption(yargs).positional('rev', {
      type: 'string',
      demandOption: true,
      describe: 'the commit',
    }),
  run: async (context, options) => {
    const { readCommit } = await import('../../repo/commits.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const { readSeal } = await import('../../repo/seals.js');
    const repository = openRepository(context, options);
    const id = resolveRevision(repository, options.rev);
    const commit = readCommit(repository, id);
    const seal = readSeal(repository, id)?.toString('utf8');
    const text = describeCommit({ id, commit, sealed: seal !== undefined }, context.paint);
    await printResult(context, seal === undefined ? text : `${text}\n${indent(seal)}`, {
      id,
      commit,
      seal: seal ?? null,
    });
    return 'done';
  },
});

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
