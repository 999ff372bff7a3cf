/** `rootseal fsck` */
import type { Finding, FsckReport } from '../../repo/fsck/fsck-finding.js';
import type { Repository } from '../../repo/repository.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { openRepository, hostRepositoryOptions, withSharedLock } from '../options.js';
import { counted, formatBytes } from '../render/units.js';

/** Paths shown of one finding without --verbose. */
const PATHS_SHOWN = 10;

export const fsck = defineCommand({
  command: 'fsck',
  describe: 'check everything in the repository; exit status 3 when something is damaged',
  doing: 'checking the repository',
  usesThreads: true,
  builder: (yargs) =>
    hostRepositoryOptions(yargs).option('repair', {
      type: 'string',
      takes: 'DIR',
      describe: 'fetch what is damaged from this other repository directory',
    }),
  run: async (context, options) => {
    const { checkRepository } = await import('../../repo/fsck/fsck.js');
    const { isDamage } = await import('../../repo/fsck/fsck-finding.js');
    const repository = openRepository(context, options);
    if (options.repair !== undefined) await removeOldLeftovers(repository);
    const report = await withSharedLock(repository, () =>
      options.repair === undefined
        ? checkRepository(repository, context)
        : repair(context, repository, options.repair),
    );
    const damage = report.findings.filter(isDamage).length;
    await printResult(context, describeReport(context, report, damage), {
      ...documentOf(report),
      ok: damage === 0,
    });
    return damage > 0 ? 'findings' : 'done';
  },
});

function documentOf({
  objects: objectCount,
  commits: commitCount,
  images: imageCount,
  findings,
  ...others
}: FsckReport & { readonly remarks?: readonly string[] }) {
  return {
    remarks: [],
    objectCount,
    commitCount,
    imageCount,
    ...others,
    findings: findings.map(({ affects, ...finding }) => ({
      ...finding,
      affects: affects.map(({ commit: commitId, refs, paths }) => ({ commitId, refs, paths })),
    })),
  };
}

/** A repair writes, and every writer clears up after one that was killed. */
async function removeOldLeftovers(repository: Repository): Promise<void> {
  const { removeLeftoversIfAlone } = await import('../../repo/leftovers.js');
  repository.requireWritable();
  await removeLeftoversIfAlone(repository);
}

async function repair(
  context: Context,
  repository: Repository,
  directory: string,
): Promise<FsckReport> {
  const { Repository } = await import('../../repo/repository.js');
  const { repairRepository } = await import('../../repo/fsck/repair-repository.js');
  const report = await repairRepository(repository, Repository.open(directory), context);
  for (const remark of report.remarks) context.remark(`not repaired: ${remark}`);
  return report;
}

function describeReport(context: Context, report: FsckReport, damage: number): string {
  const lines = report.findings.map((finding) => describeFinding(context, finding));
  const verdict =
    damage === 0
      ? context.paint('good', 'ok')
      : context.paint('bad', `${damage} ${damage === 1 ? 'thing is' : 'things are'} damaged`);
  const { objects, bytes, commits, images } = report;
  return `${lines.join('')}${counted(objects, 'object')} (${formatBytes(bytes)}), ${counted(images, 'image')}, ${counted(commits, 'commit')}: ${verdict}\n`;
}

function describeFinding({ paint, verbose }: Context, finding: Finding): string {
  const repaired = finding.repaired ? ' (repaired)' : '';
  const lines = [
    `${paint(finding.repaired ? 'good' : 'bad', finding.kind)} ${finding.subject}${repaired}: ${finding.message}`,
  ];
  for (const { commit, refs, paths } of finding.affects) {
    const shown = verbose ? paths : paths.slice(0, PATHS_SHOWN);
    lines.push(`  in commit ${commit}${refs.length > 0 ? ` (${refs.join(', ')})` : ''}`);
    for (const path of shown) lines.push(`    ${path}`);
    if (shown.length < paths.length)
      lines.push(`    … and ${paths.length - shown.length} more (--verbose lists them)`);
  }
  return `${lines.join('\n')}\n`;
}
