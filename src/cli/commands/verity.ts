/** `rootseal verity`: fs-verity digests of files, enabling it, and what the kernel enforces. */
import type { Argv } from 'yargs';
import type { VerityMeasurement } from '../../linux/verity.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult, type Context, type Outcome } from '../context.js';

const digest = defineCommand({
  command: 'digest <files..>',
  describe: 'print the fs-verity digests that files would have',
  doing: 'hashing',
  builder: (yargs) => algorithmOption(filesArgument(yargs)),
  run: async (context, { files, algorithm }) => {
    const { digestOfFile } = await import('../../repo/verity-file.js');
    return printFiles(context, files, async (file) => ({
      algorithm,
      digest: await digestOfFile(file, algorithm, context),
    }));
  },
});

const enable = defineCommand({
  command: 'enable <files..>',
  describe: 'enable fs-verity on files: the kernel refuses writes and checks what is read',
  doing: 'enabling fs-verity',
  builder: (yargs) => algorithmOption(filesArgument(yargs)),
  run: async (context, { files, algorithm }) => {
    const { enableOnFile } = await import('../../repo/verity-file.js');
    return printFiles(context, files, (file) => enableOnFile(file, algorithm));
  },
});

const measureCommand = defineCommand({
  command: 'measure <files..>',
  describe: 'print the digest that the kernel enforces; exit status 3 when a file has none',
  builder: (yargs) => filesArgument(yargs),
  run: async (context, { files }) => {
    const { measureFile } = await import('../../repo/verity-file.js');
    return printFiles(context, files, (file) => Promise.resolve(measureFile(file)));
  },
});

export const verity = defineGroup('verity', 'compute, enable and read fs-verity digests of files', [
  digest,
  enable,
  measureCommand,
]);

/**
 * A line for each file, told at once; or with `--json` a document of all of them, also when one fails, of those before it. A file
 * without a measurement has no fs-verity.
 */
async function printFiles(
  context: Context,
  files: readonly string[],
  measure: (file: string) => Promise<VerityMeasurement | undefined>,
): Promise<Outcome> {
  const done: { file: string; algorithm: string | null; digest: string | null }[] = [];
  try {
    for (const file of files) {
      const measured = await measure(file);
      const { algorithm = null, digest = null } = measured ?? {};
      done.push({ file, algorithm, digest });
      if (context.json) continue;
      if (measured === undefined) context.remark(`${file}: fs-verity is not enabled`);
      else await printResult(context, `${measured.algorithm}:${measured.digest} ${file}`, {});
    }
  } finally {
    if (context.json) await printResult(context, '', { files: done });
  }
  return done.some(({ digest }) => digest === null) ? 'findings' : 'done';
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
