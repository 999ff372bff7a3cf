/** `rootseal seal sign FILE`: signs a request, without a repository. */
import { RootsealError } from '../../../util/errors.js';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { listSigners } from '../../render/signers.js';
import { hasSigners, keyedSignerOptions, signersOf, warnOfUnchecked } from '../../seal-signers.js';
import { describeRequest, noteReview } from './review.js';

export const sign = defineCommand({
  command: 'sign <file>',
  describe: 'show a request, sign it, and print the answer, without a repository',
  builder: (yargs) =>
    keyedSignerOptions(
      yargs.positional('file', {
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'the request; FILE.json beside it says what it changes',
      }),
    ).option('output', {
      alias: ['o', 'out'],
      type: 'string',
      takes: 'FILE',
      describe: 'file for the answer, in place of standard output',
    }),
  run: async (context, options) => {
    const { readRequest } = await import('../../../release/request-files.js');
    const { askSigners } = await import('../../../release/sealing.js');
    const { printNote } = await import('../../../formats/seal/note.js');
    const { writeOutputFile } = await import('../../../repo/durable.js');
    // A request that was changed is refused before anybody is asked for a key.
    const read = readRequest(options.file);
    const signers = await signersOf(context, options);
    if (!hasSigners(signers))
      throw new RootsealError('USAGE', 'no signer given', {
        hint: 'name a signer with --key FILE, --ssh-agent NAME or --signer-command CMD; `seal review FILE` only shows the request',
      });
    if (!context.json)
      for (const line of describeRequest(read).trimEnd().split('\n')) context.remark(line);
    noteReview(context, options.file, read);
    const { text, facts } = read.request;
    const signed = await askSigners(signers, { text, id: facts.commit, signal: context.signal });
    const { signatures } = signed;
    const note = Buffer.from(printNote({ text, signatures }));
    context.remark(`signed by ${listSigners(signatures)}`);
    warnOfUnchecked(context, signed);
    if (options.output !== undefined) writeOutputFile(options.output, note);
    const who = signatures.map(({ name, keyId }) => ({ name, keyId }));
    await printResult(context, options.output === undefined ? note.toString('utf8') : '', {
      commitId: facts.commit,
      signatures: who,
      answer: note.toString('utf8'),
    });
    return 'done';
  },
});
