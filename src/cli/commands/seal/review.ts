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
    noteMissingReview(context, file, read);
    return 'done';
  },
});

/** For people. */
export function describeRequest({ request, review: known }: ReadRequest): string {
  return known === undefined
    ? `to be sealed:\n${describeFacts(request.facts)}`
    : describeReview(known);
}

/** Whoever signs must know that he has not seen it. */
export function noteMissingReview(context: Context, file: string, read: ReadRequest): void {
  if (read.review === undefined)
    context.remark(`warning: ${file}.json is missing: nothing says what the release changes`);
}

function documentOf({ request: { text, facts }, review: known }: ReadRequest) {
  const { name, version: release, sequence, commit: commitId } = facts;
  return { text, commitId, name, release, sequence, review: known ?? null };
}
