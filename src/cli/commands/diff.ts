/** `rootseal diff A B` */
import type { PathChange } from '../../formats/tree/diff.js';
import { toDisplay } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';
import { documentOfPackages } from '../documents/package-facts.js';
import { repositoryOption, withRepository } from '../options.js';

const LETTER = { added: 'A', deleted: 'D', modified: 'M' } as const;

export const diff = defineCommand({
  command: 'diff <a> <b>',
  describe: 'show what differs between two commits',
  doing: 'comparing',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('a', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the older commit',
      })
      .positional('b', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the newer commit',
      })
      .option('explain', {
        type: 'boolean',
        default: false,
        describe: 'name each field that differs',
      })
      .option('packages', {
        type: 'boolean',
        default: false,
        describe: 'show which packages differ, in place of paths',
      })
      .option('changelogs', {
        type: 'boolean',
        default: false,
        describe: "with --packages: what Debian's changelogs say about upgrades",
      }),
  run: async (context, options) => {
    if (options.packages && options.explain)
      throw new RootsealError('USAGE', '--packages and --explain exclude each other');
    if (options.changelogs && !options.packages)
      throw new RootsealError('USAGE', '--changelogs needs --packages');
    if (options.packages) return diffPackages(context, options);
    const { diffTrees } = await import('../../formats/tree/diff.js');
    const { readRevision } = await import('../../repo/read-tree.js');
    const { before, after } = await withRepository(context, options, async (repository) => ({
      before: (await readRevision(repository, options.a, context.signal)).tree,
      after: (await readRevision(repository, options.b, context.signal)).tree,
    }));
    const changes = diffTrees(before, after);
    await printResult(
      context,
      changes.map((change) => describeChange(change, options.explain)).join(''),
      { entries: changes.map(documentOf) },
    );
    return 'done';
  },
});

interface PackageOptions {
  readonly repo: string | undefined;
  readonly a: string;
  readonly b: string;
  readonly changelogs: boolean;
}

async function diffPackages(context: Context, options: PackageOptions): Promise<Outcome> {
  const { comparePackages } = await import('../../formats/packages/compare-packages.js');
  const { readRevision } = await import('../../repo/read-tree.js');
  const { contentFiles } = await import('../../repo/packages/content-files.js');
  const { changelogsOf } = await import('../../repo/packages/changelogs.js');
  const { requirePackages } = await import('../../repo/packages/difference.js');
  const { signal } = context;
  const { difference, changelogs } = await withRepository(context, options, async (repository) => {
    const before = await readRevision(repository, options.a, signal);
    const after = await readRevision(repository, options.b, signal);
    const difference = comparePackages(
      await requirePackages(repository, before, signal),
      await requirePackages(repository, after, signal),
    );
    const changelogs = options.changelogs
      ? await changelogsOf(contentFiles(repository, after.tree, signal), difference.upgraded)
      : undefined;
    return { difference, changelogs };
  });
  const { describePackages } = await import('../render/package-text.js');
  await printResult(context, describePackages(difference, changelogs), {
    packages: documentOfPackages(difference, changelogs),
  });
  return 'done';
}

function describeChange(change: PathChange, explain: boolean): string {
  const line = `${LETTER[change.kind]} ${toDisplay(change.path)}\n`;
  if (!explain) return line;
  return (
    line + change.fields.map(({ field, from, to }) => `    ${field}: ${from} -> ${to}\n`).join('')
  );
}

function documentOf({ kind, path, fields }: PathChange) {
  return {
    kind,
    path: toDisplay(path),
    fields: fields.map(({ field, from, to }) => ({
      field,
      from: valueOf(field, from),
      to: valueOf(field, to),
    })),
  };
}

/** Fields that are numbers; all others are text, as the mode is: octal digits. */
const NUMBERS: ReadonlySet<string> = new Set(['uid', 'gid', 'size', 'mtime', 'nlink']);

function valueOf(field: string, text: string): string | number {
  return NUMBERS.has(field) && /^-?\d+$/.test(text) ? Number(text) : text;
}
