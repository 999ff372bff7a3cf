/** `rootseal seal REV` */
import type { NoteSignature } from '../../formats/seal/note.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';

export const seal = defineCommand({
  command: 'seal <rev>',
  describe: "add signatures to a commit's seal",
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('key', {
        type: 'string',
        takes: 'FILE',
        array: true,
        describe: 'signer key to sign with',
      })
      .option('passphrase-file', {
        type: 'string',
        takes: 'FILE',
        describe: 'file with the passphrase of an encrypted --key',
      })
      .option('signer-command', {
        type: 'string',
        takes: 'COMMAND',
        array: true,
        describe: 'shell command that reads the text and prints signature lines',
      }),
  run: async (context, options) => {
    const { readSignerKey } = await import('../../release/keys.js');
    const { sealCommit } = await import('../../release/sealing.js');
    const { loadHostKeys } = await import('../../release/trust.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const keys = (options.key ?? []).map((file) => readSignerKey(file, options.passphraseFile));
    const commands = options.signerCommand ?? [];
    if (keys.length + commands.length === 0) {
      throw new RootsealError('USAGE', 'no signer given', {
        hint: 'name a signer with --key FILE or --signer-command CMD',
      });
    }
    const known = commands.length === 0 ? new Map() : loadHostKeys(keys);
    const { id, signatures, unchecked } = await withRepository(
      context,
      options,
      async (repository) => {
        const commit = resolveRevision(repository, options.rev);
        return { id: commit, ...(await sealCommit(repository, commit, { keys, commands, known })) };
      },
    );
    context.remark(`sealed by ${listSigners(signatures)}`);
    if (unchecked.length > 0) {
      context.remark(
        `warning: not checked, for their keys are not known here: ${listSigners(unchecked)}; ` +
          'run `rootseal verify` with the verifier keys',
      );
    }
    const signers = signatures.map(({ name, keyId }) => ({ name, keyId }));
    await printResult(context, id, { commitId: id, signatures: signers });
    return 'done';
  },
});

function listSigners(signatures: readonly NoteSignature[]): string {
  return signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
}
