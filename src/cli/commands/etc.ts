/** `rootseal etc diff`, `rootseal etc settle` */
import type { EtcDiffDocument } from '../../deploy/etc/of-sysroot.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import { changeDeployments, sysrootOptions } from '../sysroot-options.js';

const diff = defineCommand({
  command: 'diff',
  describe: 'show local changes in /etc, or what the staged image will change',
  doing: 'comparing /etc',
  builder: (yargs) =>
    sysrootOptions(yargs)
      .option('against', {
        choices: ['booted', 'staged'] as const,
        default: 'booted' as const,
        describe: 'compare with the image that is running, or tell what the staged one will change',
      })
      .option('content', {
        type: 'boolean',
        default: false,
        describe: 'show how texts differ, line by line',
      }),
  run: async (context, options) => {
    const { Sysroot } = await import('../../deploy/host/sysroot.js');
    const { etcDiffOf } = await import('../../deploy/etc/of-sysroot.js');
    const { renderEtcDiff } = await import('../render/etc-diff.js');
    const { against, content: contents } = options;
    const { signal } = context;
    const document = await etcDiffOf(Sysroot.open(options), against, { contents, signal });
    for (const line of remarksOn(document)) context.remark(line);
    await printResult(context, renderEtcDiff(context.paint, document), documentOfDiff(document));
    return 'done';
  },
});

/** The same words as in `diff`, and null for what was not asked for. */
function documentOfDiff({ changes, merge, ...others }: EtcDiffDocument) {
  return {
    ...others,
    merge: merge === null ? null : documentOfMerge(merge),
    changes: changes.map(({ kind, path, what, diff: lines = null, undiffable = null }) => ({
      kind: KINDS[kind],
      path,
      differences: what,
      diff: lines,
      undiffable,
    })),
  };
}

function documentOfMerge({
  kept: keptCount,
  taken: takenCount,
  ...others
}: NonNullable<EtcDiffDocument['merge']>) {
  return { keptCount, takenCount, ...others };
}

const KINDS = { A: 'added', M: 'modified', D: 'deleted' } as const;

function remarksOn({ mount }: EtcDiffDocument): string[] {
  return mount === 'transient' || mount === 'none'
    ? [`the image has /etc mounted as ${mount}: no change of this machine is kept`]
    : [];
}

const settle = defineCommand({
  command: 'settle [paths..]',
  describe: 'mark conflicts of the last merge as settled',
  builder: (yargs) =>
    sysrootOptions(yargs).positional('paths', {
      type: 'string',
      takes: 'PATH',
      array: true,
      describe: 'paths that have a conflict (default: all)',
    }),
  run: async (context, options) => {
    const { settleConflicts } = await import('../../deploy/etc/settle.js');
    return changeDeployments(context, options, async (session) => {
      const { settled, open } = settleConflicts(session, options.paths ?? []);
      const lines = settled.map(({ path }) => `settled: ${path}`);
      await printResult(context, lines.join('\n'), { changed: true, settled, open });
      return 'done';
    });
  },
});

export const etc = defineGroup('etc', 'show local changes in /etc, and settle conflicts', [
  diff,
  settle,
]);
