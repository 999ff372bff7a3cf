/** `rootseal deploy`, `rootseal kargs` */
import type { Argv } from 'yargs';
import { isRunningSystem } from '../../deploy/host/sysroot.js';
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

/** What it starts from: said by all that make a deployment. */
export function ukiOption<T>(yargs: Argv<T>) {
  return yargs.option('uki', {
    type: 'boolean',
    describe: 'start from the unified kernel image of the commit (default: as what is deployed)',
  });
}

/** When a deployment becomes the default: said by all verbs that make one. */
export function momentOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('now', {
      type: 'boolean',
      default: false,
      describe: 'make it the default at once, and not at shutdown',
    })
    .option('stage', {
      type: 'boolean',
      default: false,
      describe: 'make it the default at shutdown, also with --sysroot',
    });
}

/**
 * What is deployed becomes the default when the running system shuts down, with `/etc` as it is then. With the `--sysroot` of
 * another one, where nothing would shut down, that is at once.
 * @throws {RootsealError} USAGE when both moments are asked for
 */
export function isStaged(options: {
  readonly now: boolean;
  readonly stage: boolean;
  readonly sysroot: string | undefined;
}): boolean {
  if (options.now && options.stage)
    throw new RootsealError('USAGE', '--now and --stage exclude each other');
  return !options.now && (options.stage || isRunningSystem(options.sysroot));
}

export const deploy = defineCommand({
  command: 'deploy <rev>',
  describe: 'make a commit of the repository bootable, and the default at shutdown or at once',
  doing: 'deploying',
  builder: (yargs) =>
    momentOptions(ukiOption(deploymentOptions(yargs)))
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('karg-append', {
        alias: 'karg',
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
        describe: 'accept an image that no machine would start; not one that is staged',
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
    const staged = isStaged(options);
    if (options.force && staged)
      throw new RootsealError(
        'USAGE',
        '--force needs --now: what is staged is checked again at shutdown',
      );
    const request = {
      revision: options.rev,
      staged,
      origin: options.origin === undefined ? undefined : parseOrigin(options.origin),
      changes: {
        append: requireArguments('--karg-append', options.kargAppend ?? []),
        delete: options.kargDelete ?? [],
      },
      allowDowngrade: options.allowDowngrade,
      retry: options.retry,
      force: options.force,
      uki: options.uki,
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
    momentOptions(sysrootOptions(yargs))
      .option('karg-append', {
        alias: 'append',
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'add a kernel argument',
      })
      .option('karg-delete', {
        alias: 'delete',
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'remove a kernel argument, by its key or as a whole',
      }),
  run: async (context, options) => {
    const { requireArguments } = await import('../../deploy/image/arguments.js');
    const append = requireArguments('--karg-append', options.kargAppend ?? []);
    const removed = options.kargDelete ?? [];
    if (append.length + removed.length === 0) return showArguments(context, options);
    const staged = isStaged(options);
    const { changeArguments } = await import('../../deploy/verbs/deploy.js');
    const changes = { append, delete: removed };
    return changeDeployments(context, options, async (session) => {
      const change = await changeArguments(session, changes, staged);
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
