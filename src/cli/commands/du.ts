/** `rootseal du REV…` */
import type { Usage } from '../../repo/usage.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { formatTable } from '../render/table.js';
import { formatBytes } from '../render/units.js';

export const du = defineCommand({
  command: 'du <revs..>',
  describe: 'show how much commits take, and how much of it they share',
  doing: 'finding what is needed',
  builder: (yargs) =>
    repositoryOption(yargs).positional('revs', {
      type: 'string',
      takes: 'REV',
      array: true,
      demandOption: true,
      describe: 'the commits',
    }),
  run: async (context, options) => {
    const { usageOf } = await import('../../repo/usage.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const report = await withRepository(context, options, (repository) =>
      usageOf(
        repository,
        options.revs.map((rev) => resolveRevision(repository, rev)),
        { progress: context.progress, signal: context.signal },
      ),
    );
    const { total: sum } = report;
    const besides = (usage: Pick<Usage, 'ukiBytes' | 'attestationBytes'>) => [
      ...(sum.ukiBytes > 0 ? [formatBytes(usage.ukiBytes)] : []),
      ...(sum.attestationBytes > 0 ? [formatBytes(usage.attestationBytes)] : []),
    ];
    const headings = [
      ...(sum.ukiBytes > 0 ? ['UKI'] : []),
      ...(sum.attestationBytes > 0 ? ['attestations'] : []),
    ];
    const rows = report.commits.map((usage, index) => [
      options.revs[index] ?? '',
      String(usage.objects),
      formatBytes(usage.bytes),
      formatBytes(usage.sharedBytes),
      formatBytes(usage.ownBytes),
      ...besides(usage),
    ]);
    const total = [
      'together',
      String(sum.objects),
      formatBytes(sum.bytes),
      '',
      '',
      ...besides(sum),
    ];
    const table = formatTable(
      [['commit', 'objects', 'size', 'shared', 'own', ...headings], ...rows, total],
      ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    );
    await printResult(context, table, {
      commits: report.commits.map(({ commit: commitId, objects: objectCount, ...usage }) => ({
        commitId,
        objectCount,
        ...usage,
      })),
      total: {
        objectCount: sum.objects,
        bytes: sum.bytes,
        ukiBytes: sum.ukiBytes,
        attestationBytes: sum.attestationBytes,
      },
    });
    return 'done';
  },
});
