/** `rootseal log REV` */
import { documentOfCommit } from '../documents/commit-facts.js';
import { documentOfCounts } from '../documents/package-facts.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { openRepository, repositoryOption, requireCount, withRepository } from '../options.js';
import { describeCommit, describeInOneLine, type ShownCommit } from '../render/commit-text.js';

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
      })
      .option('oneline', {
        type: 'boolean',
        default: false,
        describe: 'a line for each: id, version, day, whether it is sealed, and its names',
      })
      .option('packages', {
        type: 'boolean',
        default: false,
        describe: 'say how many packages each commit changed',
      }),
  run: async (context, options) => {
    const limit = requireCount('--limit', options.limit) ?? Infinity;
    const { history } = await import('../../repo/history.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const { hasCommit } = await import('../../repo/commits.js');
    const { readSeal } = await import('../../repo/seals.js');
    const { PackageLists } = await import('../../repo/packages/summaries.js');
    const entries = await withRepository(context, options, async (repository) => {
      const lists = new PackageLists(repository, context.signal);
      const found: ShownCommit[] = [];
      for (const entry of history(repository, resolveRevision(repository, options.rev))) {
        if (found.length >= limit) break;
        const { parent } = entry.commit;
        const packages =
          options.packages && parent !== undefined && hasCommit(repository, parent)
            ? await lists.counts(parent, entry.id)
            : undefined;
        const sealed = readSeal(repository, entry.id) !== undefined;
        found.push({
          ...entry,
          sealed,
          packages: packages && { since: parent ?? '', ...packages },
        });
      }
      return found;
    });
    const names = options.oneline ? await namesOfCommits(context, options) : undefined;
    await printResult(
      context,
      names === undefined
        ? entries.map((entry) => describeCommit(entry, context.paint)).join('\n')
        : entries
            .map((entry) => describeInOneLine(entry, names.get(entry.id) ?? [], context.paint))
            .join('\n'),
      {
        commits: entries.map(({ id, commit, sealed, packages }) => ({
          ...documentOfCommit(id, commit),
          sealed,
          ...(options.packages
            ? { packageCounts: packages === undefined ? null : documentOfCounts(packages) }
            : {}),
        })),
      },
    );
    return 'done';
  },
});

/** Branches, tags and branches of remotes, by the commit that they name. */
async function namesOfCommits(
  context: Context,
  options: { readonly repo: string | undefined },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { listRefs } = await import('../../repo/refs.js');
  const names = new Map<string, string[]>();
  const { refs } = listRefs(openRepository(context, options));
  for (const { kind, name, commit } of refs)
    if (kind !== 'deployment') names.set(commit, [...(names.get(commit) ?? []), name]);
  return names;
}
