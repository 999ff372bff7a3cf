/** `rootseal status` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { documentOfStatus } from '../documents/status.js';
import { sysrootOptions } from '../sysroot-options.js';

export const status = defineCommand({
  command: 'status',
  describe: 'show deployments, what boots next, and problems',
  doing: 'looking at the deployments',
  builder: (yargs) =>
    sysrootOptions(yargs).option('check', {
      type: 'boolean',
      default: false,
      describe: 'exit status 3 when something needs a person',
    }),
  run: async (context, options) => {
    const { Sysroot } = await import('../../deploy/host/sysroot.js');
    const { hostStatus } = await import('../../deploy/status/host-status.js');
    const { renderStatus } = await import('../render/status-text.js');
    const report = await hostStatus(Sysroot.openToTell(options), context.signal);
    await printResult(context, renderStatus(context, report), documentOfStatus(report));
    return options.check && report.problems.length > 0 ? 'findings' : 'done';
  },
});
