/** `rootseal upgrade`, `rootseal switch` */
import type { Found, UpgradeRequest, UpgradeResult } from '../../deploy/upgrade.js';
import { describeError, isSystemError, RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';
import { formatBytes } from '../render/units.js';
import {
  changeDeployments,
  describeChange,
  tellChange,
  sysrootOptions,
} from '../sysroot-options.js';

export const upgrade = defineCommand({
  command: 'upgrade',
  describe: 'stage the newest release of the origin',
  builder: (yargs) =>
    sysrootOptions(yargs)
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'only say what there is, and how much is to be fetched',
      })
      .option('download-only', {
        type: 'boolean',
        default: false,
        describe: 'fetch it, and stage nothing',
      })
      .option('from-downloaded', {
        type: 'boolean',
        default: false,
        describe: 'stage what was fetched before, without asking the origin',
      })
      .option('apply', { type: 'boolean', default: false, describe: 'reboot into it at once' })
      .option('allow-downgrade', {
        type: 'boolean',
        default: false,
        describe: 'take an older image than the host has, and let such old ones boot again',
      })
      .option('retry', {
        type: 'boolean',
        default: false,
        describe: 'take an image that failed on this host before',
      }),
  run: async (context, options) => {
    const { check, downloadOnly, fromDownloaded, apply } = options;
    if ([check, downloadOnly, fromDownloaded || apply].filter(Boolean).length > 1)
      throw new RootsealError(
        'USAGE',
        '--check, --download-only and --from-downloaded or --apply exclude each other',
      );
    return runUpgrade(context, options, {
      until: check ? 'check' : downloadOnly ? 'download' : 'stage',
      fromDownloaded,
      allowDowngrade: options.allowDowngrade,
      retry: options.retry,
    });
  },
});

export const switchCommand = defineCommand({
  command: 'switch <origin>',
  describe: 'stage another system and take upgrades from it',
  builder: (yargs) =>
    sysrootOptions(yargs)
      .positional('origin', { type: 'string', demandOption: true, describe: 'REMOTE/BRANCH' })
      .option('apply', { type: 'boolean', default: false, describe: 'reboot into it at once' })
      .option('allow-downgrade', {
        type: 'boolean',
        default: false,
        describe: 'take an older image than the host has, and let such old ones boot again',
      })
      .option('retry', {
        type: 'boolean',
        default: false,
        describe: 'take an image that failed on this host before',
      }),
  run: async (context, options) => {
    const { parseOrigin } = await import('../../deploy/origin.js');
    return runUpgrade(context, options, {
      origin: parseOrigin(options.origin),
      until: 'stage',
      fromDownloaded: false,
      allowDowngrade: options.allowDowngrade,
      retry: options.retry,
    });
  },
});

interface HostOptions {
  readonly sysroot: string | undefined;
  readonly boot: string | undefined;
  readonly apply: boolean;
}

async function runUpgrade(
  context: Context,
  options: HostOptions,
  request: UpgradeRequest,
): Promise<Outcome> {
  const { requireRebootable, reboot } = await import('../../deploy/reboot.js');
  const {
    tellAvailable,
    tellRefusal,
    upgrade: bringUpToDate,
  } = await import('../../deploy/upgrade.js');
  const { collectSysrootGarbage } = await import('../../deploy/roots.js');
  if (options.apply) requireRebootable(options.sysroot);
  const isChanging = request.until !== 'check' && !request.fromDownloaded;
  return changeDeployments(
    context,
    {
      ...options,
      // Before the session: it keeps objects from being removed.
      prepare: async (sysroot) => {
        if (isChanging) await tidy(context, () => collectSysrootGarbage(sysroot, context.progress));
      },
    },
    async (session) => {
      try {
        const result = await bringUpToDate(session, {
          ...request,
          say: context.remark,
          signal: context.signal,
        });
        if (session.sysroot.isHost && request.until === 'check') tellAvailable(result.found);
        await printUpgrade(context, session.sysroot.isHost, request, result);
        if (options.apply) await reboot();
        return 'done';
      } catch (error) {
        if (session.sysroot.isHost) tellRefusal(error);
        throw error;
      }
    },
  );
}

/** Nobody needs what goes, so what cannot go stops nothing. */
async function tidy(context: Context, collect: () => Promise<unknown>): Promise<void> {
  try {
    await collect();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    context.remark(`what nobody needs could not be removed: ${describeError(error)}`);
  }
}

async function printUpgrade(
  context: Context,
  isHost: boolean,
  request: UpgradeRequest,
  { found, change }: UpgradeResult,
): Promise<void> {
  if (change !== undefined) tellChange(context, isHost, change);
  const lines = [describeFound(found, request)];
  if (change !== undefined) for (const line of describeChange(change)) lines.push(line);
  const { default: standard = null, staged = null } = change?.record ?? {};
  await printResult(context, lines.join('\n'), {
    ...found,
    ...(change === undefined ? {} : { default: standard, staged }),
  });
}

function describeFound({ name, release, objects, bytes }: Found, request: UpgradeRequest): string {
  const what = `${name} ${release}`;
  if (request.fromDownloaded) return `${what} was downloaded before`;
  const size = `${objects} objects, ${formatBytes(bytes)}`;
  return request.until === 'check' ? `${what}: ${size} to fetch` : `${what}: fetched ${size}`;
}
