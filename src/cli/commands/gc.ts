/** `rootseal gc` */
import type { GcReport } from '../../repo/gc.js';
import { parseDigest } from '../../util/digest.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import {
  hostRepositoryOptions,
  openRepository,
  openWritableRepository,
  requireCount,
} from '../options.js';
import { counted, formatBytes } from '../render/units.js';
import type { ReachOptions } from '../../repo/reach.js';
import type { Repository } from '../../repo/repository.js';

export const gc = defineCommand({
  command: 'gc',
  describe: 'remove what no branch, tag or deployment reaches',
  doing: 'finding what is needed',
  builder: (yargs) =>
    hostRepositoryOptions(yargs)
      .option('dry-run', {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only show what would be removed',
      })
      .option('keep', {
        type: 'number',
        takes: 'N',
        describe: "keep only this many commits of each branch's and tag's history",
      })
      .option('explain', {
        type: 'string',
        takes: 'OBJECT',
        describe: 'say why an object is kept, and remove nothing',
      }),
  run: async (context, options) => {
    const count = requireCount('--keep', options.keep);
    const repository = options.dryRun
      ? openRepository(context, options)
      : await openWritableRepository(context, options);
    const { deploymentReach } = await import('../../deploy/record/roots.js');
    const keep = {
      ...deploymentReach(repository),
      ...(count === undefined ? {} : { keep: count }),
    };
    if (options.explain !== undefined) return explain(context, repository, options.explain, keep);
    const { collectGarbage } = await import('../../repo/gc.js');
    const report = await collectGarbage(repository, {
      ...keep,
      dryRun: options.dryRun,
      progress: context.progress,
      signal: context.signal,
    });
    await printResult(context, describeReport(report, options.dryRun, context.verbose), {
      ...documentOf(report),
      dryRun: options.dryRun,
    });
    return 'done';
  },
});

async function explain(
  context: Context,
  repository: Repository,
  object: string,
  keep: ReachOptions,
): Promise<'done'> {
  const { explainObject } = await import('../../repo/explain.js');
  const digest = parseDigest(object, repository.algorithm);
  const explanations = await explainObject(repository, digest, keep);
  const text = explanations.map(({ commit, ref, role, paths }) =>
    [`${role} of commit ${commit}, reached from ${ref}`, ...paths.map((path) => `  ${path}`)].join(
      '\n',
    ),
  );
  await printResult(
    context,
    text.length === 0 ? 'nothing reaches it: gc removes it' : text.join('\n'),
    {
      object: digest,
      reasons: explanations.map(({ commit: commitId, ...others }) => ({ commitId, ...others })),
    },
  );
  return 'done';
}

function documentOf(report: GcReport) {
  const { commits: commitIds, seals: sealIds, ukis: ukiIds, kept, ...rest } = report;
  const { attestations: attestationIds, ...others } = rest;
  const { commits: commitCount, objects: objectCount } = kept;
  const ids = { commitIds, sealIds, ukiIds, attestationIds };
  return { ...ids, ...others, kept: { commitCount, objectCount } };
}

function describeReport(report: GcReport, dryRun: boolean, verbose: boolean): string {
  const listed = verbose
    ? [
        ...report.commits.map((id) => `commit ${id}`),
        ...report.ukis.map((id) => `unified kernel image of ${id}`),
        ...report.attestations.map((id) => `attestations of ${id}`),
        ...report.images.map((digest) => `image ${digest}`),
        ...report.objects.map((digest) => `object ${digest}`),
      ]
    : [];
  const { commits, images, ukis, attestations, objects, leftovers, kept } = report;
  const bytes = report.bytes + report.ukiBytes + report.attestationBytes;
  const verb = dryRun ? 'would remove' : 'removed';
  const rest = leftovers.length === 0 ? '' : ` and ${counted(leftovers.length, 'leftover')}`;
  const what = [
    counted(commits.length, 'commit'),
    counted(images.length, 'image'),
    counted(objects.length, 'object'),
    ...(ukis.length === 0 ? [] : [counted(ukis.length, 'unified kernel image')]),
    ...(attestations.length === 0
      ? []
      : [`the attestations of ${counted(attestations.length, 'commit')}`]),
  ].join(', ');
  const summary =
    `${verb} ${what} (${formatBytes(bytes)})${rest}; ` +
    `${counted(kept.commits, 'commit')} and ${counted(kept.objects, 'object')} stay`;
  return [...listed, summary].join('\n');
}
