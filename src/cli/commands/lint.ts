/** `rootseal lint TREE|REV` */
import fs from 'node:fs';
import type { LintFinding } from '../../disk/lint/lint-finding.js';
import type { LintRequest } from '../../disk/lint/lint-request.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import { formatTable } from '../render/table.js';

export const lint = defineCommand({
  command: 'lint [image]',
  describe: 'say what is wrong with a tree or a commit before it is released; exit status 3 then',
  doing: 'looking at the image',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('image', {
        type: 'string',
        takes: 'REV|DIR',
        describe: 'a directory, or else a commit of the repository',
      })
      .option('list', {
        type: 'boolean',
        default: false,
        describe: 'list the rules, and look at nothing',
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        alias: 'fatal-warnings',
        describe: 'exit status 3 for warnings, too',
      })
      .option('skip', {
        type: 'string',
        takes: 'RULE',
        array: true,
        default: [],
        describe: 'leave this rule out: its id or its name (repeatable)',
      })
      .option('previous', {
        type: 'string',
        takes: 'REV',
        describe: 'release to compare with (default: the last sealed one before the commit)',
      })
      .option('kernel', {
        type: 'string',
        takes: 'RELEASE',
        describe: 'release of the kernel to start, where there are several',
      }),
  run: async (context, options) => {
    const { image } = options;
    if (options.list) return list(context);
    if (image === undefined)
      throw new RootsealError('USAGE', 'a tree or a commit is needed', {
        hint: '`rootseal lint --list` lists the rules',
      });
    const { ruleId } = await import('../../disk/lint/lint.js');
    const skip = new Set(options.skip.map(ruleId));
    const findings = await look(context, { ...options, image }, skip);
    return report(context, findings, { strict: options.strict, skip });
  },
});

interface Options {
  readonly repo: string | undefined;
  readonly image: string;
  readonly kernel: string | undefined;
  readonly previous: string | undefined;
}

async function look(
  context: Context,
  options: Options,
  skip: ReadonlySet<string>,
): Promise<LintFinding[]> {
  const { image, kernel, previous } = options;
  const isDirectory = fs.statSync(image, { throwIfNoEntry: false })?.isDirectory() === true;
  const { lintDirectory } = await import('../../disk/lint/lint-directory.js');
  const { progress, signal } = context;
  const request: LintRequest = {
    ...{ kernel, skip, last: undefined, progress, signal },
    latest: (context.env['SOURCE_DATE_EPOCH'] ?? '') === '' ? undefined : context.sourceDate(),
    now: context.now(),
  };
  if (isDirectory && previous === undefined) return lintDirectory(image, request);
  const { lintRevisionForRelease } = await import('../../disk/lint/lint-revision.js');
  const { namedRelease } = await import('../../disk/lint/last-release.js');
  const { readRevision } = await import('../../repo/read-tree.js');
  const repository = openRepository(context, options);
  return withSharedLock(repository, async () => {
    const last = previous === undefined ? undefined : namedRelease(repository, previous, signal);
    if (isDirectory) return lintDirectory(image, { ...request, last });
    const revision = await readRevision(repository, image, signal);
    return lintRevisionForRelease(repository, revision, { ...request, last });
  });
}

/** What is told, and of what it makes the exit status. */
interface Judgement {
  readonly strict: boolean;
  readonly skip: ReadonlySet<string>;
}

async function report(
  context: Context,
  findings: readonly LintFinding[],
  { strict, skip }: Judgement,
): Promise<Outcome> {
  const errorCount = findings.filter(({ severity }) => severity === 'error').length;
  const warningCount = findings.length - errorCount;
  const isBad = errorCount > 0 || (strict && warningCount > 0);
  await printResult(context, renderFindings(context, findings, errorCount), {
    ok: !isBad,
    startable: !findings.some(({ isRefused }) => isRefused),
    errorCount,
    warningCount,
    findings: findings.map(({ severity, isRefused, id, rule, message }) => ({
      severity,
      refused: isRefused,
      id,
      rule,
      message,
    })),
    skipped: [...skip].sort(),
  });
  return isBad ? 'findings' : 'done';
}

function renderFindings(
  { paint }: Context,
  findings: readonly LintFinding[],
  errors: number,
): string {
  const width = findings.reduce((widest, { rule }) => Math.max(widest, rule.length), 0);
  const lines = findings.map(({ severity, id, rule, message }) => {
    const word = severity === 'error' ? paint('bad', 'error  ') : paint('title', 'warning');
    return `${word}  ${id}  ${rule.padEnd(width)}  ${message}`;
  });
  return [...lines, renderVerdict({ paint }, findings, errors)].join('\n');
}

function renderVerdict(
  { paint }: Pick<Context, 'paint'>,
  findings: readonly LintFinding[],
  errors: number,
): string {
  if (findings.length === 0) return paint('good', 'nothing is wrong with it');
  const warnings = findings.length - errors;
  const counts = `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  const isRefused = findings.some((finding) => finding.isRefused);
  return `${counts}; ${isRefused ? 'no machine would start it' : 'a machine would start it'}`;
}

async function list(context: Context): Promise<Outcome> {
  const { LINT_RULES, START_RULES } = await import('../../disk/lint/lint-rules.js');
  const rules = LINT_RULES.map(({ id, name, severity, describe, source }) => ({
    id,
    rule: name,
    severity,
    atStart: START_RULES.some((rule) => rule.id === id),
    describe,
    reference: source,
  }));
  const text = formatTable([
    ['ID', 'RULE', 'WORST', 'WHAT IT FINDS', 'SOURCE'],
    ...rules.map(({ id, rule, severity, describe, reference }) => [
      ...[id, rule, severity, describe, reference],
    ]),
  ]);
  await printResult(context, text, { rules });
  return 'done';
}
