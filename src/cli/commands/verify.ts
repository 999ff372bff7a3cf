/** `rootseal verify REV|NOTE` */
import { printTypedDigest } from '../../formats/digest-text.js';
import type { SealReport, SignatureReport } from '../../formats/seal/verify.js';
import type { SealFacts } from '../../formats/seal/seal-text.js';
import type { LoadedTrust } from '../../release/trust.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';

export const verify = defineCommand({
  command: 'verify <rev>',
  describe: "check a commit's seal by the policy; exit status 12 when it is refused",
  doing: 'verifying',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV|FILE',
        demandOption: true,
        describe: 'the commit, or a file with a seal',
      })
      .option('keys', {
        type: 'string',
        takes: 'DIR',
        describe: "directory of *.pub keys (default: the host's)",
      })
      .option('policy', {
        type: 'string',
        takes: 'FILE',
        describe: "policy file (default: the host's, else the built-in one)",
      })
      .epilogue(
        'Seal, commit and image are checked. Whether the files have the digests that the image names, fsck checks.',
      ),
  run: async (context, options) => {
    const { loadTrust } = await import('../../release/trust.js');
    const { requireAccepted } = await import('../../release/verification.js');
    const trust = loadTrust({ keys: options.keys, policy: options.policy });
    const { report, commit } = await check(context, options, trust);
    // Without keys there is nothing to report of: the error says so, and what to do.
    if (context.json || report.decision.accepted || trust.keys.size > 0)
      await printResult(
        context,
        describeReport(context, { report, commit }, trust),
        documentOf(report, trust, commit),
      );
    requireAccepted(report, trust);
    return 'done';
  },
});

interface Checked {
  readonly report: SealReport;
  /** Undefined for a note file. */
  readonly commit: string | undefined;
}

async function check(
  context: Context,
  options: { readonly rev: string; readonly repo: string | undefined },
  trust: LoadedTrust,
): Promise<Checked> {
  const { verifyCommit, verifyNoteFile } = await import('../../release/verification.js');
  const { resolveRevision } = await import('../../repo/revision.js');
  if (/^\.{0,2}\//.test(options.rev))
    return { report: verifyNoteFile(options.rev, trust), commit: undefined };
  try {
    return await withRepository(context, options, async (repository) => {
      const id = resolveRevision(repository, options.rev);
      return { report: await verifyCommit(repository, id, trust), commit: id };
    });
  } catch (error) {
    const isName =
      error instanceof RootsealError && /^(?:REVISION|REPOSITORY)_NOT_FOUND$/.test(error.code);
    const { existsSync } = await import('node:fs');
    if (!isName || !existsSync(options.rev)) throw error;
    return { report: verifyNoteFile(options.rev, trust), commit: undefined };
  }
}

function describeReport(
  { paint }: Context,
  { report, commit }: Checked,
  trust: LoadedTrust,
): string {
  const { facts, decision, signatures } = report;
  const lines = [
    commit === undefined
      ? 'a seal alone: no commit and no image is compared with it'
      : `commit ${commit}`,
    ...(facts === undefined
      ? []
      : [`  ${facts.name} ${facts.version}, sequence ${facts.sequence}`]),
    ...signatures.map(
      (signature) => `  ${signature.name}+${signature.keyId}: ${describeSignature(signature)}`,
    ),
    `  policy (${trust.policyFile ?? 'built in'}): ${describeThreshold(trust)}`,
    decision.accepted
      ? paint('good', `accepted: ${decision.reason}`)
      : paint('bad', `refused: ${decision.reason}`),
  ];
  return lines.join('\n');
}

function describeThreshold({ policy, keys }: LoadedTrust): string {
  const { threshold } = policy.verify;
  const needed = threshold === 1 ? '1 known key' : `${threshold} known keys`;
  return `${needed} must have signed; ${keys.size === 1 ? '1 is' : `${keys.size} are`} known`;
}

function describeSignature({ known, valid, revoked, counted }: SignatureReport): string {
  if (!known) return 'unknown key, ignored';
  if (revoked) return 'revoked key, ignored';
  if (valid !== true) return 'known key, WRONG signature';
  return counted ? 'known key, good signature' : 'known key, good signature, counted already';
}

function documentOf(report: SealReport, trust: LoadedTrust, commit: string | undefined) {
  const { policy, policyFile } = trust;
  const { facts } = report;
  return {
    commitId: commit ?? null,
    signatures: report.signatures.map((one) => ({ ...one, valid: one.valid ?? null })),
    decision: report.decision,
    facts: facts === undefined ? null : documentOfFacts(facts),
    policy: {
      file: policyFile ?? null,
      threshold: policy.verify.threshold,
      knownKeyCount: trust.keys.size,
    },
  };
}

function documentOfFacts({
  name,
  version: release,
  sequence,
  images,
  commit: commitId,
}: SealFacts) {
  return { name, release, sequence, images: images.map(printTypedDigest), commitId };
}
