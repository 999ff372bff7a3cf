/** `rootseal export REV --output FILE` */
import fs from 'node:fs';
import { toDisplay } from '../../util/bytes.js';
import { failureOf, RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import { printResult, type Context, type Output } from '../context.js';
import { documentOfCommit } from '../documents/commit-facts.js';

export const exportCommand = defineCommand({
  command: 'export <rev>',
  describe: 'write a commit as a tar archive, every file verified',
  doing: 'reading the image',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('output', {
        alias: ['o', 'tar'],
        type: 'string',
        takes: 'FILE',
        default: '-',
        describe: 'the archive (default: standard output)',
      })
      .option('holes', {
        choices: ['sparse', 'zeros'] as const,
        default: 'sparse' as const,
        describe:
          "how long runs of zeros are written: not at all, in GNU tar's sparse format, or whole",
      }),
  run: async (context, options) => {
    const { archiveOf } = await import('../../repo/archive.js');
    const { readRevision } = await import('../../repo/read-tree.js');
    const repository = openRepository(context, options);
    await withSharedLock(repository, async () => {
      const revision = await readRevision(repository, options.rev, context.signal);
      const skipped: string[] = [];
      const archive = archiveOf(repository, revision, {
        holes: options.holes,
        progress: context.progress,
        signal: context.signal,
        onSkip: (path) => {
          skipped.push(toDisplay(path));
          context.remark(`skipped: ${toDisplay(path)}: a tar archive holds no sockets`);
        },
      });
      await writeArchive(context, options.output, archive);
      const { id, commit } = revision;
      if (options.output !== '-')
        await printResult(context, '', {
          file: options.output,
          ...documentOfCommit(id, commit),
          skipped,
        });
    });
    return 'done';
  },
});

/** The archive is whole or not there; devices and pipes get it as it comes. */
async function writeWhole(file: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const existing = fs.statSync(file, { throwIfNoEntry: false });
  const isSpecial = existing !== undefined && !existing.isFile();
  const temporary = isSpecial ? file : `${file}.${process.pid}.part`;
  const about = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw failureOf(file, error);
    }
  };
  // Not in this thread: a fifo waits for its reader, and signals must be heard meanwhile.
  const handle = await about(() => fs.promises.open(temporary, 'w'));
  try {
    for await (const chunk of archive) await about(() => handle.writeFile(chunk));
    if (!isSpecial) await about(() => fs.promises.rename(temporary, file));
  } catch (error) {
    if (!isSpecial) fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function writeArchive(
  context: Context,
  file: string,
  archive: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (file !== '-') {
    await writeWhole(file, archive);
    return;
  }
  if (context.stdoutIsTerminal)
    throw new RootsealError('USAGE', 'an archive is not for a terminal', {
      hint: 'name a file with --output FILE',
    });
  const write: Output = context.stdout;
  for await (const chunk of archive) await write(chunk);
}
