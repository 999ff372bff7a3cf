/** `rootseal uki build|show|verify` */
import type { UkiVerdict } from '../../disk/uki/verify-uki.js';
import type { Repository } from '../../repo/repository.js';
import type { RsaSigner } from '../../release/secure-boot/rsa-signer.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult, type Context } from '../context.js';
import { describeUki, documentOfUki } from '../render/uki-text.js';
import {
  openRepository,
  openWritableRepository,
  repositoryOption,
  withRepository,
  withSharedLock,
} from '../options.js';
import { signerOf, signerOptions } from '../signer-options.js';

/** What systemd-pcrphase(8) measures one after the other, behind what the stub leaves; each stands for the state after it. */
const PHASES = ['none', 'enter-initrd', 'leave-initrd', 'sysinit', 'ready'] as const;
type Phase = (typeof PHASES)[number];
/** In later ones whatever runs could have a disk opened: also what a foreign disk with a good image started (docs/encryption.md). */
const SIGNED_PHASE: Phase = 'enter-initrd';

const build = defineCommand({
  command: 'build <rev>',
  describe: 'make the unified kernel image of a commit; prints the commit id',
  doing: 'making the image',
  builder: (yargs) =>
    signerOptions(repositoryOption(yargs))
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        describe: 'write it to this file, not into the repository',
      })
      .option('stub', {
        type: 'string',
        takes: 'FILE',
        describe: "systemd-stub to begin with (default: the image's own)",
      })
      .option('pcr-key', {
        type: 'string',
        takes: 'FILE',
        describe: 'RSA key that signs what PCR 11 of the TPM will be',
      })
      .option('pcr-phase', {
        choices: PHASES,
        array: true,
        describe: `state of the boot to sign it for (default: ${SIGNED_PHASE})`,
      }),
  run: async (context, options) => {
    const signer = await signerOf(options);
    const repository =
      options.output === undefined && options.requestOut === undefined
        ? await openWritableRepository(context, options)
        : openRepository(context, options);
    await withSharedLock(
      repository,
      () => make(context, repository, { ...options, signer }),
      context.signal,
    );
    return 'done';
  },
});

interface MakeOptions {
  readonly rev: string;
  readonly output: string | undefined;
  readonly stub: string | undefined;
  readonly pcrKey: string | undefined;
  readonly pcrPhase: readonly Phase[] | undefined;
  readonly signer: RsaSigner | undefined;
}

/** As `pcr11` takes it. */
function measuredUntil(phase: Phase): string {
  return PHASES.slice(1, PHASES.indexOf(phase) + 1).join(':');
}

async function make(context: Context, repository: Repository, options: MakeOptions): Promise<void> {
  const { signal } = context;
  const { readPcrKey, makeUki, readStubFile } = await import('../../disk/uki/make-uki.js');
  const { ukiRemarks } = await import('../../disk/uki/uki-remarks.js');
  const { readRevision } = await import('../../repo/read-tree.js');
  if (options.pcrPhase !== undefined && options.pcrKey === undefined)
    throw new RootsealError('USAGE', '--pcr-phase goes with --pcr-key');
  const phases = options.pcrPhase ?? [SIGNED_PHASE];
  const revision = await readRevision(repository, options.rev, signal);
  const made = await makeUki(repository, revision, {
    stub: options.stub === undefined ? undefined : readStubFile(options.stub),
    pcrKey: options.pcrKey === undefined ? undefined : readPcrKey(options.pcrKey),
    pcrPhases: phases.map(measuredUntil),
    signer: options.signer,
    output: options.output,
    signal,
  });
  for (const remark of await ukiRemarks(repository, revision, made.facts.commandLine, signal))
    context.remark(`warning: ${remark}`);
  const { id } = revision;
  const document = { commitId: id, file: options.output ?? null, ...documentOfUki(made.facts) };
  if (made.request !== undefined)
    context.remark(`nothing was made: ${made.request} is to be signed (RSA PKCS#1 v1.5, SHA-256)`);
  await printResult(context, id, { ...document, request: made.request ?? null });
}

const show = defineCommand({
  command: 'show <image>',
  describe: 'show what is in a unified kernel image, and what the TPM will measure',
  doing: 'reading the image',
  builder: (yargs) =>
    repositoryOption(yargs).positional('image', {
      type: 'string',
      takes: 'REV|FILE',
      demandOption: true,
      describe: 'a file, or else the commit whose image it is',
    }),
  run: async (context, options) => {
    const { factsOfUki } = await import('../../disk/uki/uki-facts.js');
    const { parseNamedFile } = await import('../../release/named-file.js');
    const { bytes, name } = await readImage(context, options);
    const facts = parseNamedFile(name, () => factsOfUki(bytes));
    await printResult(context, describeUki(facts, context.paint), documentOfUki(facts));
    return 'done';
  },
});

const verify = defineCommand({
  command: 'verify <image>',
  describe: 'compare a unified kernel image with its commit; exit status 3 when it is another',
  doing: 'comparing',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('image', {
        type: 'string',
        takes: 'REV|FILE',
        demandOption: true,
        describe: 'a file, or else the commit whose image it is',
      })
      .option('rev', {
        type: 'string',
        takes: 'REV',
        describe: 'the commit to compare a file with',
      })
      .option('cert', {
        type: 'string',
        takes: 'FILE',
        array: true,
        describe: 'certificate; one of those that are given has to vouch for it',
      }),
  run: async (context, options) => {
    const { readCertificates } = await import('../../release/secure-boot/certificate-files.js');
    const { verifyUki } = await import('../../disk/uki/verify-uki.js');
    const { readRevision } = await import('../../repo/read-tree.js');
    const certificates = (options.cert ?? []).flatMap(readCertificates);
    const { bytes, name, isFile } = await readImage(context, options);
    const { signal } = context;
    const rev = options.rev ?? (isFile ? undefined : options.image);
    if (rev === undefined && certificates.length === 0)
      throw new RootsealError('USAGE', 'there is nothing to compare the file with', {
        hint: 'name its commit with --rev REV, a certificate with --cert FILE, or both',
      });
    const judge = async (repository?: Repository) => {
      const of =
        repository === undefined || rev === undefined
          ? undefined
          : { repository, revision: await readRevision(repository, rev, signal) };
      const verdict = await verifyUki(bytes, { name, of, certificates, signal });
      return { ...verdict, commitId: of?.revision.id ?? null };
    };
    const judged = await (rev === undefined ? judge() : withRepository(context, options, judge));
    const { findings, followsFromCommit, signedBy, commitId } = judged;
    const ok = findings.length === 0;
    await printResult(context, describeVerdict(context, judged, name), {
      ok,
      commitId,
      followsFromCommit: followsFromCommit ?? null,
      signedBy: signedBy ?? null,
      findings,
    });
    return ok ? 'done' : 'findings';
  },
});

function describeVerdict(
  { paint }: Context,
  { findings, followsFromCommit, signedBy }: UkiVerdict,
  name: string,
): string {
  const lines = findings.map(({ what, message }) => `${what}: ${message}`);
  const facts = [
    ...(signedBy === undefined ? [] : [`signed by ${signedBy}`]),
    ...(followsFromCommit === true ? ['all of it follows from the commit'] : []),
  ];
  const verdict =
    findings.length === 0
      ? paint('good', `accepted: ${facts.join('; ')}`)
      : paint('bad', `refused: ${name}`);
  return [...lines, verdict].join('\n');
}

interface ReadImage {
  readonly bytes: Buffer;
  /** For messages. */
  readonly name: string;
  readonly isFile: boolean;
}

/** A path is a file; anything else a revision, or a file when there is no such revision. */
async function readImage(
  context: Context,
  options: { readonly image: string; readonly repo: string | undefined },
): Promise<ReadImage> {
  const { image } = options;
  const { readUkiFile } = await import('../../disk/uki/make-uki.js');
  const file = () => ({ bytes: readUkiFile(image), name: image, isFile: true });
  if (/^\.{0,2}\//.test(image)) return file();
  const { requireUki } = await import('../../repo/ukis.js');
  const { resolveRevision } = await import('../../repo/revision.js');
  try {
    return await withRepository(context, options, async (repository) => {
      const id = resolveRevision(repository, image);
      const name = `the unified kernel image of ${id}`;
      return { bytes: await requireUki(repository, id), name, isFile: false };
    });
  } catch (error) {
    const isName =
      error instanceof RootsealError && /^(?:REVISION|REPOSITORY)_NOT_FOUND$/.test(error.code);
    const { existsSync } = await import('node:fs');
    if (!isName || !existsSync(image)) throw error;
    return file();
  }
}

export const uki = defineGroup('uki', 'unified kernel images of commits', [build, show, verify]);
