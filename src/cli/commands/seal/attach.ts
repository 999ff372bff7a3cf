/** `rootseal seal attach REV FILE...`: takes signatures that were made elsewhere. */
import { RootsealError } from '../../../util/errors.js';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { repositoryOption, withRepository } from '../../options.js';
import { describeDropped } from '../../render/dropped-signatures.js';
import { listSigners } from '../../render/signers.js';

export const attach = defineCommand({
  command: 'attach <rev> [files..]',
  describe: "add signatures that were made elsewhere to a commit's seal",
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .positional('files', {
        type: 'string',
        takes: 'FILE',
        array: true,
        describe: 'answers: signature lines, alone or below the text of the request',
      })
      .option('raw-signature', {
        type: 'string',
        takes: 'FILE',
        array: true,
        describe: '64 bytes that a key of --key has signed the request with',
      })
      .option('key', {
        type: 'string',
        takes: 'NAME|FILE',
        array: true,
        describe:
          'verifier key that is known besides, by its *.pub file, or whose raw signature it is',
      })
      .option('keys', {
        type: 'string',
        takes: 'DIR',
        describe: "directory of *.pub keys whose signatures are taken (default: the host's)",
      })
      .option('policy', {
        type: 'string',
        takes: 'FILE',
        describe: "policy file for the last line (default: the host's, else the built-in one)",
      }),
  run: async (context, options) => {
    const { attachSignatures, readAnswer } = await import('../../../release/attaching.js');
    const { verifierNamed } = await import('../../../release/named-key.js');
    const { loadTrust, withKeys } = await import('../../../release/trust.js');
    const { resolveRevision } = await import('../../../repo/revision.js');
    const raw = options.rawSignature ?? [];
    const files = options.files ?? [];
    if (files.length + raw.length === 0)
      throw new RootsealError('USAGE', 'no answer given', {
        hint: 'name files with signature lines, or --raw-signature FILE --key NAME.pub',
      });
    if (raw.length > 0 && options.key === undefined)
      throw new RootsealError('USAGE', '--raw-signature needs --key FILE: whose signature it is');
    const loaded = loadTrust({ keys: options.keys, policy: options.policy });
    const rawKeys = (options.key ?? []).map((key) => verifierNamed(key, loaded.keys));
    const trust = withKeys(loaded, rawKeys);
    const answers = { notes: files.map(readAnswer), raw: raw.map(readAnswer), rawKeys };
    const { id, signatures, decision, dropped } = await withRepository(
      context,
      options,
      async (repository) => {
        const commit = resolveRevision(repository, options.rev);
        return { id: commit, ...(await attachSignatures(repository, commit, answers, trust)) };
      },
    );
    context.remark(`sealed by ${listSigners(signatures)}`);
    const lost = describeDropped(dropped);
    if (lost !== undefined) context.remark(lost);
    if (!decision.accepted) context.remark(`the policy does not take it yet: ${decision.reason}`);
    const signers = signatures.map(({ name, keyId }) => ({ name, keyId }));
    await printResult(context, id, { commitId: id, signatures: signers, decision });
    return 'done';
  },
});
