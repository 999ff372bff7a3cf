/** `rootseal cat REV PATH` */
import { fromText, toDisplay } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';

export const cat = defineCommand({
  command: 'cat <rev> <path>',
  describe: "print a file's content, verified",
  doing: 'reading the file',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .positional('path', {
        type: 'string',
        takes: 'PATH',
        demandOption: true,
        describe: 'a regular file in its tree; symlinks are followed inside it',
      }),
  run: async (context, options) => {
    const { readContent, readRevision, requireResolved } = await import('../../repo/read-tree.js');
    const repository = openRepository(context, options);
    await withSharedLock(repository, async () => {
      const { tree } = await readRevision(repository, options.rev, context.signal);
      const path = fromText(options.path);
      const inode = requireResolved(tree, path);
      if (inode.kind !== 'file')
        throw new RootsealError(
          'USAGE',
          `${toDisplay(path)} is a ${inode.kind}, not a regular file`,
        );
      for await (const chunk of readContent(repository, inode, context.signal))
        await context.stdout(chunk);
    });
    return 'done';
  },
});
