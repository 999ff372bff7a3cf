/** `rootseal diff A B` */
import type { PathChange } from '../../formats/tree/diff.js';
import { toDisplay } from '../../util/bytes.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
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
      }),
  run: async (context, options) => {
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
