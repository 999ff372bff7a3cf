/** `rootseal show REV` */
import type { ListedAttestation } from '../../release/attestation-verification.js';
import { printable } from '../../util/printable.js';
import { documentOfCommit } from '../documents/commit-facts.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { describeCommit } from '../render/commit-text.js';
import { formatBytes } from '../render/units.js';

export const show = defineCommand({
  command: 'show <rev>',
  describe: 'show a commit and its seal',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('attestations', {
        type: 'boolean',
        default: false,
        describe: 'show its attestations, too',
      }),
  run: async (context, options) => {
    const { readCommit } = await import('../../repo/commits.js');
    const { resolveRevision } = await import('../../repo/revision.js');
    const { readSeal } = await import('../../repo/seals.js');
    const { listAttestationsOf } = await import('../../release/attestation-verification.js');
    const { id, commit, seal, attestations } = await withRepository(
      context,
      options,
      (repository) => {
        const found = resolveRevision(repository, options.rev);
        return {
          id: found,
          commit: readCommit(repository, found),
          seal: readSeal(repository, found)?.toString('utf8'),
          attestations: options.attestations ? listAttestationsOf(repository, found) : undefined,
        };
      },
    );
    const text = [
      describeCommit({ id, commit, sealed: seal !== undefined }, context.paint),
      ...(seal === undefined ? [] : [indent(seal)]),
      ...(attestations === undefined ? [] : describeAttestations(attestations)),
    ];
    await printResult(context, text.join('\n'), {
      ...documentOfCommit(id, commit),
      sealed: seal !== undefined,
      seal: seal ?? null,
      attestations: attestations?.map(documentOfAttestation) ?? null,
    });
    return 'done';
  },
});

function describeAttestations(attestations: readonly ListedAttestation[]): readonly string[] {
  if (attestations.length === 0) return ['no attestations'];
  const lines = attestations.flatMap(({ kind, file, size, problem, signatures }) => [
    `attestation ${kind} (${formatBytes(size)}) in ${file}`,
    ...(problem === undefined ? [] : [`  damaged: ${problem}`]),
    ...signatures.map(({ name, keyId }) => `  ${printable(name)}+${keyId}`),
  ]);
  return [...lines, 'nobody has checked these signatures: `rootseal verify --attestations` does'];
}

function documentOfAttestation(one: ListedAttestation) {
  const { kind, file, size, predicateType = null, problem = null, signatures } = one;
  const signers = signatures.map(({ name, keyId }) => ({ name, keyId }));
  return { type: kind, file, bytes: size, predicateType, problem, signatures: signers };
}

function indent(seal: string): string {
  const lines = seal.trimEnd().split('\n');
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}
