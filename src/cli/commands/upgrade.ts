/** `rootseal upgrade`, `rootseal switch` */
import type { UpgradeRequest, UpgradeResult } from '../../deploy/verbs/upgrade.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import { describeCounts } from '../../formats/packages/summary.js';
import { documentOfCounts } from '../documents/package-facts.js';
import { describeError, errorCodeOf, isSystemError, RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';
import { BRANCH, originText, REMOTE } from '../remote-branch.js';
import { isStaged, momentOptions, ukiOption } from './deploy.js';
import { describeFetched, describeToFetch } from '../render/transfer.js';
import {
  changeDeployments,
  describeChange,
  documentOfRecord,
  tellChange,
  sysrootOptions,
} from '../sysroot-options.js';
import type { Session } from '../../deploy/record/session.js';
import { printOrigin } from '../../deploy/record/origin.js';

export const upgrade = defineCommand({
  command: 'upgrade',
  describe: 'stage the newest release of the origin',
  doing: 'upgrading',
  builder: (yargs) =>
    momentOptions(ukiOption(sysrootOptions(yargs)))
      .option('check', {
        alias: ['n', 'dry-run'],
        type: 'boolean',
        default: false,
        describe: 'only show what is available, and how much would be fetched',
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
        describe: 'accept an older release, and lower the floor so that it can boot',
      })
      .option('retry', {
        type: 'boolean',
        default: false,
        describe: 'accept an image that failed on this host before',
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
      staged: isStaged(options),
      uki: options.uki,
    });
  },
});

export const switchCommand = defineCommand({
  command: 'switch <remote> [branch]',
  describe: 'stage another system and take upgrades from it',
  doing: 'switching',
  builder: (yargs) =>
    momentOptions(ukiOption(sysrootOptions(yargs)))
      .positional('remote', { ...REMOTE, takes: 'REMOTE/BRANCH' })
      .positional('branch', BRANCH)
      .option('apply', { type: 'boolean', default: false, describe: 'reboot into it at once' })
      .option('allow-downgrade', {
        type: 'boolean',
        default: false,
        describe: 'accept an older release, and lower the floor so that it can boot',
      })
      .option('retry', {
        type: 'boolean',
        default: false,
        describe: 'accept an image that failed on this host before',
      }),
  run: async (context, options) => {
    const { parseOrigin } = await import('../../deploy/record/origin.js');
    return runUpgrade(context, options, {
      origin: parseOrigin(originText('switch', options)),
      until: 'stage',
      fromDownloaded: false,
      allowDowngrade: options.allowDowngrade,
      retry: options.retry,
      staged: isStaged(options),
      uki: options.uki,
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
  const { requireRebootable, reboot } = await import('../../deploy/verbs/reboot.js');
  const {
    tellAvailable,
    tellRefusal,
    upgrade: bringUpToDate,
  } = await import('../../deploy/verbs/upgrade.js');
  const { collectSysrootGarbage } = await import('../../deploy/record/roots.js');
  if (options.apply) requireRebootable(options.sysroot);
  const isChanging = request.until !== 'check' && !request.fromDownloaded;
  return changeDeployments(
    context,
    {
      ...options,
      // Before the session: it keeps objects from being removed.
      prepare: async (sysroot) => {
        if (isChanging) await tidy(context, () => collectSysrootGarbage(sysroot, context));
      },
    },
    async (session) => {
      try {
        const result = await bringUpToDate(session, {
          ...request,
          say: context.remark,
          signal: context.signal,
        });
        const { found, current } = result;
        if (session.sysroot.isHost && request.until === 'check' && current === undefined)
          tellAvailable(found);
        await printUpgrade(context, session, request, result);
        if (current !== undefined) return 'unchanged';
        if (options.apply) await reboot();
        return 'done';
      } catch (error) {
        if (session.sysroot.isHost) tellRefusal(error);
        throw error;
      }
    },
  );
}

/** Somebody reads the repository; or something in it is damaged, perhaps a name that nothing needs, and nothing may go then. */
const STOPS_NOTHING: readonly string[] = ['LOCKED', 'OBJECT_CORRUPT'];

/** Nobody needs what goes, so what cannot go stops nothing. */
async function tidy(context: Context, collect: () => Promise<unknown>): Promise<void> {
  try {
    await collect();
  } catch (error) {
    if (!isSystemError(error) && !STOPS_NOTHING.includes(errorCodeOf(error))) throw error;
    context.remark(`what is no longer needed could not be removed: ${describeError(error)}`);
  }
}

async function printUpgrade(
  context: Context,
  session: Session,
  request: UpgradeRequest,
  result: UpgradeResult,
): Promise<void> {
  const { found, change, current } = result;
  if (change !== undefined) tellChange(context, session.sysroot.isHost, change);
  const origin = current?.origin;
  if (origin !== undefined && printOrigin(origin) !== printOrigin(found.origin))
    context.remark(`its upgrades still come from ${printOrigin(origin)}`);
  const lines = [describeFound(result, request, session.record.staged)];
  const packages = result.packages ?? packagesOf(session.record.deployments, result);
  if (packages !== undefined) lines.push(describeCounts(packages));
  if (change !== undefined) for (const line of describeChange(change)) lines.push(line);
  const { id: commitId, objects: objectCount, ...facts } = found;
  await printResult(context, lines.join('\n'), {
    result: resultOf(result, request),
    commitId,
    objectCount,
    ...facts,
    packageCounts: packages === undefined ? null : documentOfCounts(packages),
    ...documentOfRecord(session.record),
  });
}

/** As the record keeps it of what was deployed now. */
function packagesOf(
  deployments: readonly Deployment[],
  { found, change }: UpgradeResult,
): PackagesSince | undefined {
  if (change === undefined) return undefined;
  return deployments.find(({ commit }) => commit === found.id)?.packages;
}

/** What the command came to, in `--json`. */
function resultOf({ current }: UpgradeResult, { until, staged }: UpgradeRequest): string {
  if (current !== undefined) return 'up-to-date';
  return { check: 'available', download: 'downloaded', stage: staged ? 'staged' : 'deployed' }[
    until
  ];
}

function describeFound(
  { found, current }: UpgradeResult,
  request: UpgradeRequest,
  staged: string | null,
): string {
  const { name, release, objects, bytes } = found;
  const what = `${name} ${release}`;
  if (current?.id === staged)
    return `up to date: ${what} is staged, and becomes the default at shutdown`;
  if (current !== undefined) return `up to date: ${what} is the default`;
  if (request.fromDownloaded) return `${what} was downloaded before`;
  const size =
    request.until === 'check' ? describeToFetch(objects, bytes) : describeFetched(objects, bytes);
  return `${what}: ${size}`;
}
