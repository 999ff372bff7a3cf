/** `rootseal init [DIR]` */
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { RootsealError } from '../../util/errors.js';
import { repositoryOption } from '../options.js';

export const init = defineCommand({
  command: 'init [dir]',
  describe: 'make a repository',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('dir', {
        type: 'string',
        takes: 'DIR',
        describe: 'its directory (default: --repo, else $ROOTSEAL_REPO)',
      })
      .option('algorithm', {
        choices: ['sha256', 'sha512'] as const,
        default: 'sha256' as const,
        describe: 'hash of all digests',
      }),
  run: async (context, { dir, repo, algorithm }) => {
    const { Repository } = await import('../../repo/repository.js');
    const { hasVerity } = await import('../../repo/object-verity.js');
    const directory = dir ?? namedRepository(context, repo);
    if (Repository.isAt(directory)) {
      Repository.init(directory, algorithm);
      throw new RootsealError('UNCHANGED', `${directory} is a repository already`);
    }
    const repository = Repository.init(directory, algorithm);
    const verity = hasVerity(repository);
    if (!verity) {
      context.remark(
        `the file system has no fs-verity: objects are checked by fsck and when they are read by rootseal, but not by the kernel`,
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

/** That of the running system is not made by the way: with it, any system would count as a host of rootseal. */
function namedRepository({ env }: Context, repo: string | undefined): string {
  const { ROOTSEAL_REPO: named = '' } = env;
  if (repo !== undefined) return repo;
  if (named !== '') return named;
  throw new RootsealError('USAGE', 'init needs a directory: DIR, --repo DIR or $ROOTSEAL_REPO', {
    hint: '`rootseal help init` says how the command is used',
  });
}
