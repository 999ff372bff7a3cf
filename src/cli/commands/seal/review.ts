/** `rootseal seal review FILE`: shows a request, without a repository. */
import { defineCommand } from '../../command.js';
import { printResult, type Context } from '../../context.js';
import { describeFacts, describeReview } from '../../render/review-text.js';
import type { ReadRequest } from '../../../release/request-files.js';

export const review = defineCommand({
  command: 'review <file>',
  describe: 'check and show a request, without a repository',
  builder: (yargs) =>
    yargs.positional('file', {
      type: 'string',
      takes: 'FILE',
      demandOption: true,
      describe: 'the request; FILE.json beside it says what it changes',
    }),
  run: async (context, { file }) => {
    const { readRequest } = await import('../../../release/request-files.js');
    const read = readRequest(file);
    await printResult(context, describeRequest(read), documentOf(read));
    noteReview(context, file, read);
    return 'done';
  },
});

/** For people. */
export function describeRequest({ request, review: known }: ReadRequest): string {
  return known === undefined
    ? `to be sealed:\n${describeFacts(request.facts)}`
    : describeReview(known);
}

/** Whoever signs must know what was not checked: the review may lie beside a request that is good. */
export function noteReview(context: Context, file: string, { review: known }: ReadRequest): void {
  context.remark(
    known === undefined
      ? `warning: ${file}.json is missing: nothing says what the release changes`
      : `what it changes is what ${file}.json says, and nobody has checked it: with the repository, \`rootseal seal request\` makes that file again, to compare`,
  );
}

function documentOf({ request: { text, facts }, review: known }: ReadRequest) {
  const { name, version: release, sequence, commit: commitId } = facts;
  return { text, commitId, name, release, sequence, review: known ?? null };
}
