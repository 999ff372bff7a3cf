/** `rootseal boot-failed` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';

export const bootFailed = defineCommand({
  command: 'boot-failed',
  describe: 'give up the running boot if it is on trial: mark its deployment bad and reboot',
  doing: 'recording the boot',
  builder: (yargs) =>
    yargs.option('reason', {
      type: 'string',
      takes: 'TEXT',
      describe: 'what is wrong, for `rootseal status` (default: what the health checks said)',
    }),
  run: async (context, options) => {
    const { Sysroot } = await import('../../deploy/host/sysroot.js');
    const sysroot = Sysroot.openWritable({});
    const { handleFailedBoot, reasonFromReport } =
      await import('../../deploy/health/boot-failed.js');
    const reason = options.reason ?? reasonFromReport() ?? 'it was given up';
    const result = await handleFailedBoot(sysroot, reason, {
      progress: context.progress,
      now: context.now,
      signal: context.signal,
      remark: context.remark,
    });
    await printResult(context, '', { result, reason });
    return 'done';
  },
});
