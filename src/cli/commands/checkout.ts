/** `rootseal checkout REV DIR` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { counted, formatBytes, formatSeconds } from '../render/units.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';

export const checkout = defineCommand({
  command: 'checkout <rev> <dir>',
  describe: 'write a commit to a new directory, every file verified',
  doing: 'reading the image',
  usesThreads: true,
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .positional('dir', {
        type: 'string',
        takes: 'DIR',
        demandOption: true,
        describe: 'a directory that is empty or does not exist',
      }),
  run: async (context, options) => {
    const started = performance.now();
    const { checkoutTree } = await import('../../repo/checkout.js');
    const { readRevision } = await import('../../repo/read-tree.js');
    const repository = openRepository(context, options);
    const report = await withSharedLock(repository, async () => {
      const { tree, commit } = await readRevision(repository, options.rev, context.signal);
      const written = await checkoutTree(repository, tree, options.dir, {
        privileged: context.privileged,
        progress: context.progress,
        signal: context.signal,
      });
      return { ...written, files: commit.files, bytes: commit.bytes };
    });
    const took = formatSeconds(performance.now() - started);
    context.remark(
      `wrote ${counted(report.files, 'file')}, ${formatBytes(report.bytes)}, in ${took}`,
    );
    if (!context.privileged) context.remark('owners were not set: only root can');
    for (const line of report.skipped) context.remark(`skipped: ${line}`);
    const { files: fileCount, ...others } = report;
    await printResult(context, '', { directory: options.dir, fileCount, ...others });
    return report.skipped.length > 0 ? 'findings' : 'done';
  },
});
