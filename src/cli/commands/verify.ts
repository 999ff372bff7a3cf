/** `rootseal verify REV|NOTE` */
import type { AttestationKind } from '../../formats/attestation/attestation-kinds.js';
import { printTypedDigest } from '../../formats/digest-text.js';
import type { SealReport, SignatureReport } from '../../formats/seal/verify.js';
import type { SealFacts } from '../../formats/seal/seal-text.js';
import type { CheckedAttestation } from '../../release/attestation-verification.js';
import type { LoadedTrust } from '../../release/trust.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';

/** `ATTESTATION_KINDS`, which is loaded with the work. */
const KINDS = ['slsa', 'cyclonedx', 'spdx'] as const satisfies readonly AttestationKind[];

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
      .option('attestations', {
        type: 'boolean',
        default: false,
        describe: 'check the attestations as well; there has to be one',
      })
      .option('type', {
        choices: KINDS,
        array: true,
        describe: 'attestation that has to be there, with --attestations',
      })
      .epilogue(
        'Seal, commit and image are checked. Whether the files have the digests that the image names, fsck checks.',
      ),
  run: async (context, options) => {
    const { loadTrust } = await import('../../release/trust.js');
    const { requireAccepted } = await import('../../release/verification.js');
    if (options.type !== undefined && !options.attestations)
      throw new RootsealError('USAGE', '--type goes with --attestations');
    const trust = loadTrust({ keys: options.keys, policy: options.policy });
    const checked = await check(context, options, trust);
    const { report, attestations } = checked;
    // Without keys there is nothing to report of: the error says so, and what to do.
    if (context.json || report.decision.accepted || trust.keys.size > 0)
      await printResult(
        context,
        describeReport(context, checked, trust),
        documentOf(checked, trust),
      );
    requireAccepted(report, trust);
    if (attestations === undefined) return 'done';
    const { requireAllAccepted } = await import('../../release/attestation-verification.js');
    requireAllAccepted(attestations);
    return 'done';
  },
});

interface CheckOptions {
  readonly rev: string;
  readonly repo: string | undefined;
  readonly attestations: boolean;
  readonly type: readonly AttestationKind[] | undefined;
}

interface Checked {
  readonly report: SealReport;
  /** Undefined for a note file. */
  readonly commit: string | undefined;
  /** Undefined when nobody asks for them. */
  readonly attestations?: readonly CheckedAttestation[] | undefined;
}

async function check(
  context: Context,
  options: CheckOptions,
  trust: LoadedTrust,
): Promise<Checked> {
  const { verifyCommit, verifyNoteFile } = await import('../../release/verification.js');
  const { resolveRevision } = await import('../../repo/revision.js');
  const noteAlone = (): Checked => {
    if (!options.attestations)
      return { report: verifyNoteFile(options.rev, trust), commit: undefined };
    throw new RootsealError('USAGE', '--attestations goes with a commit, not with a file');
  };
  if (/^\.{0,2}\//.test(options.rev)) return noteAlone();
  try {
    return await withRepository(context, options, async (repository) => {
      const id = resolveRevision(repository, options.rev);
      const report = await verifyCommit(repository, id, trust);
      if (!options.attestations) return { report, commit: id };
      const { verifyAttestations } = await import('../../release/attestation-verification.js');
      const request = { wanted: options.type ?? [], signal: context.signal };
      const attestations = await verifyAttestations(repository, id, trust, request);
      return { report, commit: id, attestations };
    });
  } catch (error) {
    const isName =
      error instanceof RootsealError && /^(?:REVISION|REPOSITORY)_NOT_FOUND$/.test(error.code);
    const { existsSync } = await import('node:fs');
    if (!isName || !existsSync(options.rev)) throw error;
    return noteAlone();
  }
}

function describeReport(
  { paint }: Context,
  { report, commit, attestations = [] }: Checked,
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
    ...attestations.flatMap((one) => [
      `attestation ${one.kind}`,
      ...one.signatures.map(
        (signature) => `  ${signature.name}+${signature.keyId}: ${describeSignature(signature)}`,
      ),
      one.decision.accepted
        ? paint('good', `accepted: ${one.decision.reason}`)
        : paint('bad', `refused: ${one.decision.reason}`),
    ]),
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

function documentOf({ report, commit, attestations }: Checked, trust: LoadedTrust) {
  const { policy, policyFile } = trust;
  const { facts } = report;
  return {
    commitId: commit ?? null,
    signatures: report.signatures.map(documentOfSignature),
    decision: report.decision,
    facts: facts === undefined ? null : documentOfFacts(facts),
    policy: {
      file: policyFile ?? null,
      threshold: policy.verify.threshold,
      knownKeyCount: trust.keys.size,
    },
    attestations:
      attestations?.map(({ kind, file, signatures, decision }) => ({
        type: kind,
        file,
        signatures: signatures.map(documentOfSignature),
        decision,
      })) ?? null,
  };
}

function documentOfSignature(one: SignatureReport) {
  return { ...one, valid: one.valid ?? null };
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
