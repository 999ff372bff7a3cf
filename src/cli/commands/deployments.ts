/** Verbs that change which deployment plays which part: `rollback`, `undeploy`, `pin`, `unpin`. */
import { defineCommand } from '../command.js';
import type { Context, Outcome } from '../context.js';
import {
  changeDeployments,
  printChange,
  resolveDeployment,
  sysrootOptions,
} from '../sysroot-options.js';

export const rollback = defineCommand({
  command: 'rollback',
  describe: 'boot the previous deployment next; run again to undo',
  doing: 'rolling back',
  builder: (yargs) =>
    sysrootOptions(yargs)
      .option('apply', {
        type: 'boolean',
        default: false,
        describe: 'reboot into it at once',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'even when it cannot be started',
      }),
  run: async (context, options) => {
    const { requireRebootable, reboot } = await import('../../deploy/verbs/reboot.js');
    const { rollback: rollBack } = await import('../../deploy/verbs/rollback.js');
    const { describeDeployment } = await import('../../formats/deployment/describe.js');
    if (options.apply) requireRebootable(options.sysroot);
    return changeDeployments(context, options, async (session) => {
      const { change, unproven } = await rollBack(session, options.force);
      await printChange(context, session.sysroot, change);
      if (unproven !== undefined)
        context.remark(
          `no boot of ${describeDeployment(unproven)} was ever found good here; \`rootseal rollback\` again undoes this`,
        );
      if (options.apply) await reboot();
      return 'done';
    });
  },
});

export const undeploy = defineCommand({
  command: 'undeploy <id>',
  describe: 'remove a deployment: boot entry, kernel, and its /etc',
  doing: 'removing the deployment',
  builder: (yargs) => sysrootOptions(yargs).positional('id', DEPLOYMENT),
  run: async (context, options) =>
    changeOne(context, options, (id) => ({ is: 'undeploy', id }) as const),
});

export const pin = defineCommand({
  command: 'pin <id>',
  describe: 'keep a deployment until it is unpinned',
  builder: (yargs) => sysrootOptions(yargs).positional('id', DEPLOYMENT),
  run: async (context, options) =>
    changeOne(context, options, (id) => ({ is: 'pin', id, pinned: true }) as const),
});

export const unpin = defineCommand({
  command: 'unpin <id>',
  describe: 'stop keeping a pinned deployment when nothing needs it',
  builder: (yargs) => sysrootOptions(yargs).positional('id', DEPLOYMENT),
  run: async (context, options) =>
    changeOne(context, options, (id) => ({ is: 'pin', id, pinned: false }) as const),
});

const DEPLOYMENT = {
  type: 'string',
  takes: 'DEPLOYMENT',
  demandOption: true,
  describe: 'id, the beginning of one, serial, or booted, default, staged, rollback',
} as const;

type OneEvent =
  | { readonly is: 'undeploy'; readonly id: string }
  | { readonly is: 'pin'; readonly id: string; readonly pinned: boolean };

async function changeOne(
  context: Context,
  options: { id: string; sysroot: string | undefined; boot: string | undefined },
  eventOf: (id: string) => OneEvent,
): Promise<Outcome> {
  return changeDeployments(context, options, async (session) => {
    const id = resolveDeployment(session.record, options.id);
    await printChange(context, session.sysroot, await session.apply(eventOf(id)));
    return 'done';
  });
}
