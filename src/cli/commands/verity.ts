/** `rootseal verity`: fs-verity digests of files, enabling it, and what the kernel enforces. */
import type { Argv } from 'yargs';
import type { VerityMeasurement } from '../../linux/verity.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult, type Context } from '../context.js';

const digest = defineCommand({
  command: 'digest <files..>',
  describe: 'print the fs-verity digests that files would have',
  doing: 'hashing',
  builder: (yargs) => algorithmOption(filesArgument(yargs)),
  run: async (context, { files, algorithm }) => {
    const { digestOfFile } = await import('../../repo/verity-file.js');
    for (const file of files)
      await printFile(context, file, {
        algorithm,
        digest: await digestOfFile(file, algorithm, context),
      });
    return 'done';
  },
});

const enable = defineCommand({
  command: 'enable <files..>',
  describe: 'enable fs-verity on files: the kernel refuses writes and checks what is read',
  doing: 'enabling fs-verity',
  builder: (yargs) => algorithmOption(filesArgument(yargs)),
  run: async (context, { files, algorithm }) => {
    const { enableOnFile } = await import('../../repo/verity-file.js');
    for (const file of files) await printFile(context, file, await enableOnFile(file, algorithm));
    return 'done';
  },
});

const measure = defineCommand({
  command: 'measure <files..>',
  describe: 'print the digest that the kernel enforces; exit status 3 when a file has none',
  builder: (yargs) => filesArgument(yargs),
  run: async (context, { files }) => {
    const { measureFile } = await import('../../repo/verity-file.js');
    let without = 0;
    for (const file of files) {
      const measured = measureFile(file);
      if (measured === undefined) without++;
      if (measured === undefined) context.remark(`${file}: fs-verity is not enabled`);
      else await printFile(context, file, measured);
    }
    return without > 0 ? 'findings' : 'done';
  },
});

export const verity = defineGroup('verity', 'compute, enable and read fs-verity digests of files', [
  digest,
  enable,
  measure,
]);

/** A line, or with `--json` a document, for each file: what is done is told at once. */
async function printFile(
  context: Context,
  file: string,
  { algorithm, digest }: VerityMeasurement,
): Promise<void> {
  await printResult(context, `${algorithm}:${digest} ${file}`, { file, algorithm, digest });
}

function filesArgument<T>(yargs: Argv<T>) {
  return yargs.positional('files', {
    type: 'string',
    takes: 'FILE',
    array: true,
    demandOption: true,
    describe: 'regular files',
  });
}

function algorithmOption<T>(yargs: Argv<T>) {
  return yargs.option('algorithm', {
    choices: ['sha256', 'sha512'] as const,
    default: 'sha256' as const,
    describe: 'hash of the digests',
  });
}
