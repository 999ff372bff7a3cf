/** `rootseal etc diff` */
import type { EtcDiffDocument } from '../../deploy/etc/of-sysroot.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import { sysrootOptions } from '../sysroot-options.js';

const diff = defineCommand({
  command: 'diff',
  describe: 'show local changes in /etc, or what the staged image will change',
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
    const document = await etcDiffOf(Sysroot.open(options), options.against, options.content);
    for (const line of remarksOn(document)) context.remark(line);
    await printResult(context, renderEtcDiff(context.paint, document), document);
    return 'done';
  },
});

function remarksOn({ mount }: EtcDiffDocument): string[] {
  return mount === 'transient' || mount === 'none'
    ? [`the image has /etc mounted as ${mount}: no change of this machine is kept`]
    : [];
}

export const etc = defineGroup('etc', 'what this machine changed in /etc', [diff]);
