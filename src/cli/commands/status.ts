/** `rootseal status` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { sysrootOptions } from '../sysroot-options.js';

export const status = defineCommand({
  command: 'status',
  describe: 'show deployments, what boots next, and problems',
  builder: (yargs) =>
    sysrootOptions(yargs).option('check', {
      type: 'boolean',
      default: false,
      describe: 'exit status 3 when something needs a person',
    }),
  run: async (context, options) => {
    const { Sysroot } = await import('../../deploy/host/sysroot.js');
    const { collectStatus } = await import('../../deploy/status/collect.js');
    const { withStartProblems } = await import('../../deploy/startable/not-startable.js');
    const { withStagedConflicts } = await import('../../deploy/status/staged-conflicts.js');
    const { renderStatus } = await import('../render/status-text.js');
    const sysroot = Sysroot.open(options);
    const collected = collectStatus(sysroot, sysroot.booted);
    const report = await withStartProblems(sysroot, await withStagedConflicts(sysroot, collected));
    await printResult(context, renderStatus(context, report), report);
    return options.check && report.problems.length > 0 ? 'findings' : 'done';
  },
});
