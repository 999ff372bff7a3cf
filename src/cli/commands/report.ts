/** `rootseal report A..B` */
import type { ReportFacts } from '../../disk/report/report-facts.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { documentOfReport } from '../documents/report.js';
import { repositoryOption, withRepository } from '../options.js';

export const report = defineCommand({
  command: 'report <range>',
  describe: 'tell what a release changes: packages, files, privileges, kernel, seals',
  doing: 'comparing',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('range', {
        type: 'string',
        takes: 'REV..REV',
        demandOption: true,
        describe: 'the older and the newer commit, as A..B',
      })
      .option('html', {
        type: 'string',
        takes: 'FILE',
        describe: 'write a page to this file (-: standard output)',
      })
      .option('keys', {
        type: 'string',
        takes: 'DIR',
        describe: "directory of *.pub keys (default: the host's)",
      })
      .option('policy', {
        type: 'string',
        takes: 'FILE',
        describe: "policy file (default: the host's, else the built-in one)",
      }),
  run: async (context, options) => {
    const html = options.html === '/dev/stdout' ? '-' : options.html;
    if (html === '-' && context.json)
      throw new RootsealError('USAGE', '--html - and --json both want standard output', {
        hint: 'name a file for the page',
      });
    const facts = await gather(context, options);
    for (const remark of await sealRemarks(facts)) context.remark(`warning: ${remark}`);
    if (html !== undefined) await writePage(context, facts, html);
    if (html === undefined || context.json) {
      const { describeReport } = await import('../render/report/report-text.js');
      await printResult(context, describeReport(facts, context.paint), {
        file: html ?? null,
        ...documentOfReport(facts),
      });
    }
    return 'done';
  },
});

interface GatherOptions {
  readonly repo: string | undefined;
  readonly range: string;
  readonly keys: string | undefined;
  readonly policy: string | undefined;
}

async function gather(context: Context, options: GatherOptions): Promise<ReportFacts> {
  const { reportFacts } = await import('../../disk/report/report-facts.js');
  const { loadTrust } = await import('../../release/trust.js');
  const { parseRevisionRange } = await import('../revision-range.js');
  const trust = loadTrust({ keys: options.keys, policy: options.policy });
  return withRepository(context, options, (repository) =>
    reportFacts(repository, {
      ...parseRevisionRange(repository, options.range),
      trust,
      signal: context.signal,
    }),
  );
}

/** That somebody refuses a seal is a fact of the report, but nobody should have to look for it. */
async function sealRemarks({ from, to, trust }: ReportFacts): Promise<string[]> {
  const { sealVerdict } = await import('../render/report/seal-verdict.js');
  return [from, to].flatMap(({ commit, seal }) => {
    if (seal === undefined) return [`${commit.version} is not sealed`];
    const { kind, reason } = sealVerdict(seal, trust);
    if (kind === 'accepted') return [];
    const what = kind === 'refused' ? 'is refused' : 'is not checked';
    return [`the seal of ${commit.version} ${what}: ${reason}`];
  });
}

async function writePage(context: Context, facts: ReportFacts, file: string): Promise<void> {
  const { renderReport } = await import('../render/report/report-page.js');
  const { releaseOfProgram } = await import('../version.js');
  const bytes = Buffer.from(renderReport(facts, releaseOfProgram()), 'utf8');
  if (file === '-') {
    await context.stdout(bytes);
    return;
  }
  const { writeNamedOutput } = await import('../../repo/named-output.js');
  await writeNamedOutput(file, bytes);
}
