/** `rootseal init [DIR]` */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, repositoryPath } from '../options.js';

export const init = defineCommand({
  command: 'init [dir]',
  describe: 'make a repository',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('dir', { type: 'string', describe: 'its directory (default: as --repo)' })
      .option('algorithm', {
        choices: ['sha256', 'sha512'] as const,
        default: 'sha256' as const,
        describe: 'hash of all digests',
      }),
  run: async (context, { dir, repo, algorithm }) => {
    const { Repository } = await import('../../repo/repository.js');
    const { hasVerity } = await import('../../repo/verity.js');
    const repository = Repository.init(dir ?? repositoryPath(context, { repo }), algorithm);
    const verity = hasVerity(repository);
    if (!verity) {
      context.remark(
        `note: the file system has no fs-verity: objects are checked by fsck and when they are read by rootseal, but not by the kernel`,
      );
    }
    await printResult(context, repository.path, {
      path: repository.path,
      algorithm: repository.algorithm,
      verity,
    });
    return 'done';
  },
});
