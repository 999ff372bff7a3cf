/** `rootseal attest REV` */
import type { AttestationKind } from '../../formats/attestation/attestation-kinds.js';
import type { BuildFacts } from '../../release/attesting.js';
import type { Revision } from '../../repo/read-tree.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { formatBytes } from '../render/units.js';
import { keyedSignerOptions, keyedSignersOf } from '../seal-signers.js';

/** `ATTESTATION_KINDS`, which is loaded with the work. */
const KINDS = ['slsa', 'cyclonedx', 'spdx'] as const satisfies readonly AttestationKind[];

export const attest = defineCommand({
  command: 'attest <rev>',
  describe: 'sign what a commit was made of',
  doing: 'reading the packages',
  builder: (yargs) =>
    keyedSignerOptions(
      repositoryOption(yargs)
        .positional('rev', {
          type: 'string',
          takes: 'REV',
          demandOption: true,
          describe: 'the commit',
        })
        .option('type', {
          choices: KINDS,
          array: true,
          demandOption: true,
          describe: 'provenance (slsa) or the list of packages (cyclonedx, spdx)',
        })
        .option('replace', {
          type: 'boolean',
          default: false,
          describe: 'replace one that says something else, with its signatures',
        })
        .option('builder-id', {
          type: 'string',
          takes: 'URI',
          describe: 'provenance: where the tree was built',
        })
        .option('source-git', {
          type: 'string',
          takes: 'DIR',
          describe: 'provenance: directory in git that the tree was made from',
        })
        .option('build-record', {
          type: 'string',
          takes: 'FILE',
          describe: 'provenance: what the build system tells of the build',
        }),
    ),
  run: async (context, options) => {
    const kinds = KINDS.filter((kind) => options.type.includes(kind));
    const signers = await keyedSignersOf(context, options);
    if (signers.length === 0)
      throw new RootsealError('USAGE', 'no signer given', {
        hint: 'name a signer with --key FILE, --ssh-agent NAME or --signer-command COMMAND',
      });
    const told = await readTold(kinds, options);
    const { signal } = context;
    const { id, attested } = await withRepository(context, options, async (repository) => {
      const { attest: sign } = await import('../../release/attesting.js');
      const { readRevision } = await import('../../repo/read-tree.js');
      const { contentFiles } = await import('../../repo/packages/content-files.js');
      const { readPackages } = await import('../../repo/packages/read-packages.js');
      const revision = await readRevision(repository, options.rev, signal);
      const found = await readPackages(contentFiles(repository, revision.tree, signal), signal);
      const request = {
        kinds,
        signers,
        packages: found ?? requireNoList(kinds),
        build: told === undefined ? undefined : await buildFacts(told, revision),
        replace: options.replace,
        signal,
      };
      return { id: revision.id, attested: await sign(repository, revision, request) };
    });
    for (const { kind, size, signatures } of attested) {
      const who = signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
      context.remark(`${kind}: ${formatBytes(size)}, signed by ${who}`);
    }
    const { attestationFile } = await import('../../repo/attestations.js');
    const attestations = attested.map(({ kind, size, signatures }) => ({
      type: kind,
      file: attestationFile(id, kind),
      bytes: size,
      signatures: signatures.map(({ name, keyId }) => ({ name, keyId })),
    }));
    await printResult(context, id, { commitId: id, attestations });
    return 'done';
  },
});

/** A list without packages would say that there are none. */
function requireNoList(kinds: readonly AttestationKind[]): readonly [] {
  const list = kinds.find((kind) => kind !== 'slsa');
  if (list === undefined) return [];
  throw new RootsealError(
    'UNSUPPORTED',
    `${list}: the tree has no package database that is known`,
    {
      hint: 'those of dpkg, rpm, apk and pacman are known (rootseal-attest(1))',
    },
  );
}

interface Told {
  readonly builderId: string | undefined;
  readonly sourceGit: string | undefined;
  readonly buildRecord: string | undefined;
}

/** Undefined when no provenance is asked for. @throws {RootsealError} USAGE when something is told for it all the same */
async function readTold(
  kinds: readonly AttestationKind[],
  { builderId, sourceGit, buildRecord }: Told,
): Promise<(BuildFacts & Pick<Told, 'sourceGit'>) | undefined> {
  if (!kinds.includes('slsa')) {
    if (builderId === undefined && sourceGit === undefined && buildRecord === undefined)
      return undefined;
    throw new RootsealError(
      'USAGE',
      '--builder-id, --source-git and --build-record go with --type slsa',
    );
  }
  const { readBuildRecord } = await import('../../release/build-facts.js');
  const record = buildRecord === undefined ? undefined : readBuildRecord(buildRecord);
  return { builderId: await requireBuilder(builderId, record?.builder?.id), record, sourceGit };
}

/** @throws {RootsealError} USAGE when nobody names one, or two are named */
async function requireBuilder(
  named: string | undefined,
  recorded: string | undefined,
): Promise<string> {
  const { isUri } = await import('../../formats/slsa/build-record.js');
  const id = named ?? recorded;
  if (id === undefined)
    throw new RootsealError('USAGE', 'provenance names the place where the tree was built', {
      hint: 'name it with --builder-id URI, or in the build record',
    });
  if (!isUri(id))
    throw new RootsealError('USAGE', `--builder-id: ${JSON.stringify(id.slice(0, 200))} is no URI`);
  if (recorded === undefined || recorded === id) return id;
  throw new RootsealError('USAGE', '--builder-id and the build record name different builders');
}

async function buildFacts(
  { sourceGit, ...told }: BuildFacts & Pick<Told, 'sourceGit'>,
  { commit }: Revision,
): Promise<BuildFacts> {
  if (sourceGit === undefined) return told;
  const { sourceNamed } = await import('../../release/build-facts.js');
  return { ...told, git: await sourceNamed(sourceGit, commit) };
}
