/** `rootseal export REV --tar FILE` */
import fs from 'node:fs';
import type { TarContent } from '../../formats/tar/write.js';
import { toDisplay } from '../../util/bytes.js';
import { failureOf, RootsealError } from '../../util/errors.js';
import { withPausesBetween } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { defineCommand } from '../command.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import type { Context, Output } from '../context.js';

export const exportCommand = defineCommand({
  command: 'export <rev>',
  describe: 'write a commit as a tar archive, every file verified',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', { type: 'string', demandOption: true, describe: 'the commit' })
      .option('tar', {
        type: 'string',
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
    const { writeTar } = await import('../../formats/tar/write.js');
    const { readContent, readRevision } = await import('../../repo/read-tree.js');
    const { contentWithHoles } = await import('../../repo/object-content.js');
    const repository = openRepository(context, options);
    await withSharedLock(repository, async () => {
      const { tree, commit } = await readRevision(repository, options.rev, context.signal);
      const content: TarContent =
        options.holes === 'sparse'
          ? contentWithHoles(repository, context.signal)
          : (file) => readContent(repository, file, context.signal);
      const archive = writeTar(tree, counted(context.progress, commit.bytes, content), {
        onSkip: (path) => {
          context.remark(`skipped: ${toDisplay(path)}: a tar archive holds no sockets`);
        },
      });
      await writeArchive(context, options.tar, withPausesBetween(archive, context.signal));
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

/** Tells how many bytes of all contents are done whenever the next one is asked for. */
function counted(progress: Progress, total: number, content: TarContent): TarContent {
  let done = 0;
  return (file, path) => {
    progress({ task: 'export', done, total, unit: 'bytes' });
    done += file.size;
    return content(file, path);
  };
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
      hint: 'name a file with --tar FILE',
    });
  const write: Output = context.stdout;
  for await (const chunk of archive) await write(chunk);
}
