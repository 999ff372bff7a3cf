/** `rootseal deploy`, `rootseal kargs` */
import type { Argv } from 'yargs';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { changeDeployments, printChange, sysrootOptions } from '../sysroot-options.js';

/** Options of all verbs that make a deployment. */
export function deploymentOptions<T>(yargs: Argv<T>) {
  return sysrootOptions(yargs)
    .option('allow-downgrade', {
      type: 'boolean',
      default: false,
      describe: 'accept an older release, and lower the floor so that it can boot',
    })
    .option('retry', {
      type: 'boolean',
      default: false,
      describe: 'accept an image that failed on this host before',
    })
    .option('tries', {
      type: 'number',
      takes: 'N',
      describe: 'boots that may fail before it counts as bad (default 3; 0: not counted)',
    });
}

export const deploy = defineCommand({
  command: 'deploy <rev>',
  describe: 'make a commit of the repository bootable, and the default',
  doing: 'deploying',
  builder: (yargs) =>
    deploymentOptions(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('stage', {
        type: 'boolean',
        default: false,
        describe: 'make it the default at shutdown, with /etc as it is then',
      })
      .option('karg', {
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'add a kernel argument',
      })
      .option('karg-delete', {
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'remove a kernel argument, by its key or as a whole',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'accept an image that no machine would start; not with --stage',
      })
      .option('origin', {
        type: 'string',
        takes: 'REMOTE/BRANCH',
        describe: 'where upgrades come from: REMOTE/BRANCH (default: as before)',
      }),
  run: async (context, options) => {
    const { deploy: deployCommit, requireTries } = await import('../../deploy/verbs/deploy.js');
    const { parseOrigin } = await import('../../deploy/record/origin.js');
    const { requireArguments } = await import('../../deploy/image/arguments.js');
    if (options.force && options.stage)
      throw new RootsealError(
        'USAGE',
        '--force and --stage exclude each other: what is staged is checked again at shutdown',
      );
    const request = {
      revision: options.rev,
      staged: options.stage,
      origin: options.origin === undefined ? undefined : parseOrigin(options.origin),
      changes: {
        append: requireArguments('--karg', options.karg ?? []),
        delete: options.kargDelete ?? [],
      },
      allowDowngrade: options.allowDowngrade,
      retry: options.retry,
      force: options.force,
      tries: requireTries(options.tries),
    };
    return changeDeployments(context, options, async (session) => {
      await printChange(context, session.sysroot, await deployCommit(session, request));
      return 'done';
    });
  },
});

export const kargs = defineCommand({
  command: 'kargs',
  describe: 'show or change kernel arguments',
  doing: 'changing the deployment',
  builder: (yargs) =>
    sysrootOptions(yargs)
      .option('append', {
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'add an argument',
      })
      .option('delete', {
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'remove an argument, by its key or as a whole',
      })
      .option('now', {
        type: 'boolean',
        default: false,
        describe: 'make it the default at once, and not at shutdown',
      }),
  run: async (context, options) => {
    const { requireArguments } = await import('../../deploy/image/arguments.js');
    const append = requireArguments('--append', options.append ?? []);
    const removed = options.delete ?? [];
    if (append.length + removed.length === 0) return showArguments(context, options);
    const { changeArguments } = await import('../../deploy/verbs/deploy.js');
    const changes = { append, delete: removed };
    return changeDeployments(context, options, async (session) => {
      const change = await changeArguments(session, changes, !options.now);
      await printChange(context, session.sysroot, change);
      return 'done';
    });
  },
});

async function showArguments(
  context: Context,
  options: { readonly sysroot: string | undefined; readonly boot: string | undefined },
): Promise<'done'> {
  const { Sysroot } = await import('../../deploy/host/sysroot.js');
  const { loadRecord } = await import('../../deploy/record/store.js');
  const { requirePrevious } = await import('../../deploy/verbs/deploy.js');
  const { printResult } = await import('../context.js');
  const { formatTable } = await import('../render/table.js');
  const deployment = requirePrevious(loadRecord(Sysroot.open(options)));
  const rows = deployment.arguments.map(({ value, from }) => [value, from]);
  await printResult(context, formatTable(rows), {
    deployment: deployment.id,
    arguments: deployment.arguments,
  });
  return 'done';
}
