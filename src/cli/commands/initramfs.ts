/** `rootseal initramfs build TREE` */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Initramfs } from '../../disk/initramfs/build-initramfs.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import { packageRoot } from '../package-root.js';
import { counted, formatBytes } from '../render/units.js';

const build = defineCommand({
  command: 'build <tree>',
  describe: 'make a minimal initramfs in which the boot program is process 1',
  doing: 'making the initramfs',
  builder: (yargs) =>
    yargs
      .positional('tree', {
        type: 'string',
        takes: 'DIR',
        demandOption: true,
        describe: 'directory of the operating system tree',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'file to write',
      })
      .option('kernel', {
        type: 'string',
        takes: 'RELEASE',
        describe: 'release of the kernel, when the tree has several',
      })
      .option('module', {
        type: 'string',
        takes: 'MODULE',
        array: true,
        describe: 'an additional kernel module, such as btrfs',
      })
      .option('program', {
        type: 'string',
        takes: 'FILE',
        describe: "the boot program (default: the tree's, else rootseal's own if it came with one)",
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'write one that starts nothing',
      }),
  run: async (context, options) => {
    const { buildInitramfs } = await import('../../disk/initramfs/build-initramfs.js');
    const { lintDirectoryTrust } = await import('../../disk/lint/lint-directory.js');
    const { requireStartable } = await import('../../disk/lint/lint.js');
    const { writeOutputFile } = await import('../../repo/durable.js');
    const { bytes, ...facts } = await buildInitramfs({
      tree: options.tree,
      kernel: options.kernel,
      modules: options.module ?? [],
      program: options.program,
      packaged: packagedProgram(),
    });
    if (!options.force)
      requireStartable(
        await lintDirectoryTrust(options.tree),
        '--force writes an initramfs that starts nothing',
      );
    const out = path.resolve(options.output);
    writeOutputFile(out, bytes);
    if (facts.mode === 'seal' && facts.keys === 0)
      context.remark('the policy wants a seal and there is no key: this initramfs starts nothing');
    if (facts.program === 'packaged')
      context.remark('the tree has no boot program: the one that is installed here was taken');
    if (facts.builtin.length > 0) context.remark(describeBuiltin(facts));
    // The document says all of it.
    if (!context.json) context.remark(describe(facts, bytes.length));
    const { kernel: release, keys: keyCount, ...others } = facts;
    await printResult(context, options.output, {
      file: out,
      bytes: bytes.length,
      ...others,
      kernel: { release },
      keyCount,
    });
    return 'done';
  },
});

export const initramfs = defineGroup('initramfs', 'make an initramfs that verifies the root', [
  build,
]);

/** What the npm package has beside the program; undefined where there is none, as in a checkout. */
function packagedProgram(): string | undefined {
  const file = fileURLToPath(new URL('initramfs/prebuilt/rootseal-setup-root', packageRoot()));
  return existsSync(file) ? file : undefined;
}

function describe(facts: Omit<Initramfs, 'bytes'>, size: number): string {
  const { kernel, modules, mode, keys } = facts;
  return `${formatBytes(size)} for Linux ${kernel}: ${counted(modules.length, 'module')}, mode ${mode}, ${counted(keys, 'key')}`;
}

function describeBuiltin({ kernel, builtin }: Pick<Initramfs, 'kernel' | 'builtin'>): string {
  return (
    `Linux ${kernel} has ${builtin.join(', ')} built in: told so by its command line (rdinit=, root=), it mounts a disk and starts a ` +
    'program on it without this initramfs, and checks nothing; only a command line that is signed with the kernel prevents that'
  );
}
