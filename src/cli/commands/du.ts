/** `rootseal du REV…` */
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
    const hasUkis = report.total.ukiBytes > 0;
    const uki = (bytes: number | string) =>
      hasUkis ? [typeof bytes === 'string' ? bytes : formatBytes(bytes)] : [];
    const rows = report.commits.map(
      ({ objects, bytes, sharedBytes, ownBytes, ukiBytes }, index) => [
        options.revs[index] ?? '',
        String(objects),
        formatBytes(bytes),
        formatBytes(sharedBytes),
        formatBytes(ownBytes),
        ...uki(ukiBytes),
      ],
    );
    const total = [
      'together',
      String(report.total.objects),
      formatBytes(report.total.bytes),
      '',
      '',
      ...uki(report.total.ukiBytes),
    ];
    const table = formatTable(
      [['commit', 'objects', 'size', 'shared', 'own', ...uki('UKI')], ...rows, total],
      ['left', 'right', 'right', 'right', 'right', 'right'],
    );
    await printResult(context, table, {
      commits: report.commits.map(({ commit: commitId, objects: objectCount, ...usage }) => ({
        commitId,
        objectCount,
        ...usage,
      })),
      total: {
        objectCount: report.total.objects,
        bytes: report.total.bytes,
        ukiBytes: report.total.ukiBytes,
      },
    });
    return 'done';
  },
});
