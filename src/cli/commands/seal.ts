/** `rootseal seal REV` */
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { describeDropped } from '../render/dropped-signatures.js';
import { listSigners } from '../render/signers.js';
import { hasSigners, keyedSignerOptions, signersOf, warnOfUnchecked } from '../seal-signers.js';
import { attach } from './seal/attach.js';
import { request } from './seal/request.js';
import { review } from './seal/review.js';
import { sign } from './seal/sign.js';

export const seal = defineCommand({
  command: 'seal <rev>',
  describe: "add signatures to a commit's seal",
  builder: (yargs) =>
    keyedSignerOptions(
      repositoryOption(yargs).positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      }),
    ),
  subcommands: [request, review, sign, attach],
  run: async (context, options) => {
    const { sealCommit } = await import('../../release/sealing.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const signers = await signersOf(context, options);
    if (!hasSigners(signers)) {
      throw new RootsealError('USAGE', 'no signer given', {
        hint: 'name a signer with --key FILE, --ssh-agent NAME or --signer-command CMD',
      });
    }
    const { id, ...sealed } = await withRepository(context, options, async (repository) => {
      const commit = resolveRevision(repository, options.rev);
      return { id: commit, ...(await sealCommit(repository, commit, signers, context.signal)) };
    });
    const who = sealed.signatures.map(({ name, keyId }) => ({ name, keyId }));
    context.remark(`sealed by ${listSigners(who)}`);
    warnOfUnchecked(context, sealed);
    const dropped = describeDropped(sealed.dropped);
    if (dropped !== undefined) context.remark(dropped);
    await printResult(context, id, { commitId: id, signatures: who });
    return 'done';
  },
});
