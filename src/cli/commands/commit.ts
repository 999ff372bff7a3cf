/** `rootseal commit TREE --branch B` */
import type { Argv } from 'yargs';
import type { GitSource } from '../../formats/commit/commit.js';
import {
  askedFactsProblem,
  freeTextProblem,
  labelKeyProblem,
} from '../../formats/commit/fields.js';
import type { CommitResult, SealSigner } from '../../repo/commit-tree.js';
import type { TreeSource } from '../../repo/source/source.js';
import { RootsealError } from '../../util/errors.js';
import { documentOfCommit } from '../documents/commit-facts.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { openRepository, parseTime, repositoryOption } from '../options.js';
import {
  hasSigners,
  keyedSignerOptions,
  signersOf,
  warnOfUnchecked,
  type KeyedSignerOptions,
} from '../seal-signers.js';
import { documentOfNotKept } from '../documents/not-kept-facts.js';
import { remarkNotKept } from '../render/not-kept-text.js';
import { counted, formatBytes, formatSeconds } from '../render/units.js';

export const commit = defineCommand({
  command: 'commit <tree>',
  describe: 'commit a tree to a branch and print the commit id',
  doing: 'committing',
  usesThreads: true,
  builder: (yargs) =>
    treeOptions(
      keyedSignerOptions(messageOptions(repositoryOption(yargs)))
        .positional('tree', {
          type: 'string',
          takes: 'TREE',
          demandOption: true,
          describe: 'a directory, tar:FILE (tar:- for standard input), dump:FILE or image:FILE',
        })
        .option('branch', {
          alias: 'b',
          type: 'string',
          takes: 'BRANCH',
          demandOption: true,
          describe: 'the branch to move',
        })
        .option('name', {
          type: 'string',
          takes: 'NAME',
          describe: "name of what is released (default: the parent's, else the branch's)",
        })
        .option('release-version', {
          type: 'string',
          takes: 'VERSION',
          describe: 'version of the release (default: the time)',
        })
        .option('time', {
          type: 'string',
          takes: 'TIME',
          describe: 'time of the commit (default: $SOURCE_DATE_EPOCH, else now)',
        })
        .option('sequence', {
          type: 'number',
          takes: 'N',
          describe: "number that must grow (default: the time, or more than the parent's)",
        })
        .option('label', {
          type: 'string',
          takes: 'KEY=VALUE',
          array: true,
          describe: 'KEY=VALUE to record',
        }),
    ),
  run: async (context, options) => {
    const started = performance.now();
    const { commitTree } = await import('../../repo/commit-tree.js');
    const { parseTreeSource } = await import('../../repo/source/source.js');
    checkFacts(options);
    const repository = openRepository(context, options);
    const source = parseTreeSource(options.tree);
    const git = await provenance(options.sourceGit, source);
    const { clampMtime } = options;
    const result = await commitTree(repository, {
      source,
      branch: options.branch,
      name: options.name,
      version: options.releaseVersion,
      time: options.time === undefined ? context.sourceDate() : parseTime('--time', options.time),
      sequence: options.sequence,
      ...(git === undefined ? {} : { provenance: { git } }),
      message: options.message?.trimEnd(),
      skipIfUnchanged: options.skipIfUnchanged,
      ...parseLabels(options.label ?? []),
      xattrs: options.xattrs,
      clampMtime: clampMtime === undefined ? undefined : parseTime('--clamp-mtime', clampMtime),
      sign: await sealSigner(context, options),
      progress: context.progress,
      signal: context.signal,
    });
    report(context, result, performance.now() - started);
    await printResult(context, result.id, documentOf(result));
    return 'done';
  },
});

/** What is taken of the tree, and where it comes from. */
function treeOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('source-git', {
      type: 'string',
      takes: 'DIR',
      describe: 'record the git work tree that holds this directory',
    })
    .option('xattrs', {
      choices: ['all', 'user', 'security', 'none'] as const,
      default: 'all' as const,
      describe: 'which extended attributes to take',
    })
    .option('clamp-mtime', {
      type: 'string',
      takes: 'TIME',
      describe: 'make no file newer than this time',
    });
}

function messageOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('message', {
      alias: 'm',
      type: 'string',
      takes: 'TEXT',
      describe: 'what to say of it to people; several lines are possible',
    })
    .option('skip-if-unchanged', {
      type: 'boolean',
      default: false,
      describe: 'commit nothing when the branch has this very tree; exit status 77',
    });
}

/** Refuses what no commit can hold before a long commit is begun. */
function checkFacts(options: {
  readonly name: string | undefined;
  readonly releaseVersion: string | undefined;
  readonly sequence: number | undefined;
  readonly message: string | undefined;
}): void {
  const found = askedFactsProblem({ ...options, version: options.releaseVersion });
  if (found === undefined) return;
  const option = found.field === 'version' ? 'release-version' : found.field;
  throw new RootsealError('USAGE', `--${option}: ${found.problem}`);
}

/** The tree's own directory is looked at by default, when git tracks something in it. */
async function provenance(
  sourceGit: string | undefined,
  source: TreeSource,
): Promise<GitSource | undefined> {
  if (sourceGit === undefined && source.kind !== 'directory') return undefined;
  const { gitSourceOf } = await import('../../release/provenance.js');
  const found = await gitSourceOf(sourceGit ?? source.path, sourceGit !== undefined);
  if (found !== undefined || sourceGit === undefined) return found;
  throw new RootsealError(
    'USAGE',
    `--source-git ${sourceGit}: not in a git work tree with a commit`,
  );
}

/** Signs with all that the options name; undefined when they name nobody. */
async function sealSigner(
  context: Context,
  options: KeyedSignerOptions,
): Promise<SealSigner | undefined> {
  const signers = await signersOf(context, options);
  if (!hasSigners(signers)) return undefined;
  const { askSigners } = await import('../../release/sealing.js');
  return async (text, id) => {
    const signed = await askSigners(signers, { text, id, signal: context.signal });
    warnOfUnchecked(context, signed);
    return signed.signatures;
  };
}

function parseLabels(labels: readonly string[]): { labels?: Record<string, string> } {
  if (labels.length === 0) return {};
  const pairs = labels.map((label) => {
    const equals = label.indexOf('=');
    if (equals <= 0)
      throw new RootsealError('USAGE', `--label ${JSON.stringify(label)}: write KEY=VALUE`);
    const key = label.slice(0, equals);
    const value = label.slice(equals + 1);
    const problem = labelKeyProblem(key) ?? freeTextProblem(value);
    if (problem !== undefined)
      throw new RootsealError(
        'USAGE',
        `--label ${JSON.stringify(label.slice(0, 300))}: ${problem}`,
      );
    return [key, value] as const;
  });
  const unique = new Map(pairs);
  if (unique.size < pairs.length)
    throw new RootsealError('USAGE', '--label: a key was given more than once');
  return { labels: Object.fromEntries(unique) };
}

function report(context: Context, result: CommitResult, milliseconds: number): void {
  const { commit, newBytes, newObjects, sharedBytes, notKept } = result;
  remarkNotKept(context, notKept);
  context.remark(
    `${counted(commit.files, 'file')}, ${formatBytes(commit.bytes)}: ${formatBytes(newBytes)} new in ${counted(newObjects, 'object')}, ` +
      `${formatBytes(sharedBytes)} shared, in ${formatSeconds(milliseconds)}`,
  );
}

function documentOf(result: CommitResult) {
  const { id, commit, newBytes, newObjects: newObjectCount, sharedBytes } = result;
  const notKept = documentOfNotKept(result.notKept);
  return { ...documentOfCommit(id, commit), newBytes, newObjectCount, sharedBytes, notKept };
}
