/** `rootseal lint TREE|REV` */
import fs from 'node:fs';
import type { LintFinding } from '../../disk/lint/lint-finding.js';
import { defineCommand } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';

export const lint = defineCommand({
  command: 'lint <image>',
  describe: 'say whether a machine would start a tree or a commit; exit status 3 when not',
  doing: 'looking at the image',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('image', {
        type: 'string',
        takes: 'REV|DIR',
        demandOption: true,
        describe: 'a directory, or else a commit of the repository',
      })
      .option('fatal-warnings', {
        type: 'boolean',
        default: false,
        describe: 'exit status 3 for warnings, too',
      })
      .option('kernel', {
        type: 'string',
        takes: 'RELEASE',
        describe: 'release of the kernel to start, where there are several',
      }),
  run: async (context, options) => {
    const { image, kernel } = options;
    const isDirectory = fs.statSync(image, { throwIfNoEntry: false })?.isDirectory() === true;
    const { lintDirectory } = await import('../../disk/lint/lint-directory.js');
    const findings = isDirectory
      ? await lintDirectory(image, kernel)
      : await lintCommit(context, options);
    return report(context, findings, options.fatalWarnings);
  },
});

async function lintCommit(
  context: Context,
  options: { readonly repo: string | undefined; image: string; kernel: string | undefined },
) {
  const { lintRevision } = await import('../../disk/lint/lint-revision.js');
  const { readRevision } = await import('../../repo/read-tree.js');
  const repository = openRepository(context, options);
  return withSharedLock(repository, async () =>
    lintRevision(repository, await readRevision(repository, options.image), options.kernel),
  );
}

async function report(
  context: Context,
  findings: readonly LintFinding[],
  fatalWarnings: boolean,
): Promise<Outcome> {
  const count = (wanted: string) => findings.filter(({ severity }) => severity === wanted).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const isBad = errors > 0 || (fatalWarnings && warnings > 0);
  await printResult(context, renderFindings(context, findings, { errors, warnings }), {
    ok: !isBad,
    errorCount: errors,
    warningCount: warnings,
    findings: findings.map(({ severity, rule, message }) => ({ severity, rule, message })),
  });
  return isBad ? 'findings' : 'done';
}

function renderFindings(
  { paint }: Context,
  findings: readonly LintFinding[],
  { errors, warnings }: { readonly errors: number; readonly warnings: number },
): string {
  const width = findings.reduce((widest, { rule }) => Math.max(widest, rule.length), 0);
  const lines = findings.map(({ severity, rule, message }) => {
    const word = severity === 'error' ? paint('bad', 'error  ') : paint('title', 'warning');
    return `${word}  ${rule.padEnd(width)}  ${message}`;
  });
  const verdict =
    findings.length === 0
      ? paint('good', 'nothing is wrong with it')
      : `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  return [...lines, verdict].join('\n');
}
