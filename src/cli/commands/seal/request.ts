/** `rootseal seal request REV`: what is to be signed elsewhere, and what it is about. */
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { repositoryOption, withRepository } from '../../options.js';
import { describeReview } from '../../render/review-text.js';

export const request = defineCommand({
  command: 'request <rev>',
  describe: 'write what is to be signed elsewhere, and what it changes',
  doing: 'comparing',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        describe: 'file for the request; FILE.txt and FILE.json get what it is about',
      })
      .option('against', {
        type: 'string',
        takes: 'REV',
        describe: 'what it is compared with (default: the nearest sealed ancestor)',
      })
      .option('keys', {
        type: 'string',
        takes: 'DIR',
        describe: "directory of *.pub keys that ancestors are verified with (default: the host's)",
      })
      .option('policy', {
        type: 'string',
        takes: 'FILE',
        describe: "policy file (default: the host's, else the built-in one)",
      }),
  run: async (context, options) => {
    const { reviewRelease } = await import('../../../disk/release-review.js');
    const { namedRelease, previousRelease } = await import('../../../release/previous-release.js');
    const { requestFiles, writeRequest } = await import('../../../release/request-files.js');
    const { loadTrust } = await import('../../../release/trust.js');
    const { readRevision } = await import('../../../repo/read-tree.js');
    const { resolveRevision } = await import('../../../repo/revision.js');
    const trust = loadTrust({ keys: options.keys, policy: options.policy });
    const review = await withRepository(context, options, async (repository) => {
      const revision = await readRevision(repository, options.rev, context.signal);
      const previous =
        options.against === undefined
          ? previousRelease(repository, revision.id, trust)
          : namedRelease(repository, resolveRevision(repository, options.against), trust);
      return reviewRelease(repository, revision, previous, context.signal);
    });
    const words = describeReview(review);
    if (options.output === undefined) {
      // The result is what is signed, so that it can be piped; what it is about is for people.
      if (!context.json) for (const line of words.trimEnd().split('\n')) context.remark(line);
      await printResult(context, review.text, review);
      return 'done';
    }
    writeRequest(options.output, review, words);
    const others = requestFiles(options.output);
    context.remark(
      `wrote ${options.output}, which is to be signed, ${others.text}, ${others.review}`,
    );
    await printResult(context, words, review);
    return 'done';
  },
});
