/** `rootseal show REV` */
import { documentOfCommit } from '../documents/commit-facts.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { describeCommit } from '../render/commit-text.js';

export const show = defineCommand({
  command: 'show <rev>',
  describe: 'show a commit and its seal',
  builder: (yargs) =>
    repositoryOption(yargs).positional('rev', {
      type: 'string',
      takes: 'REV',
      demandOption: true,
      describe: 'the commit',
    }),
  run: async (context, options) => {
    const { readCommit } = await import('../../repo/commits.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const { readSeal } = await import('../../repo/seals.js');
    const { id, commit, seal } = await withRepository(context, options, (repository) => {
      const found = resolveRevision(repository, options.rev);
      const note = readSeal(repository, found)?.toString('utf8');
      return { id: found, commit: readCommit(repository, found), seal: note };
    });
    const text = describeCommit({ id, commit, sealed: seal !== undefined }, context.paint);
    await printResult(context, seal === undefined ? text : `${text}\n${indent(seal)}`, {
      ...documentOfCommit(id, commit),
      sealed: seal !== undefined,
      seal: seal ?? null,
    });
    return 'done';
  },
});

function indent(seal: string): string {
  const lines = seal.trimEnd().split('\n');
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}
