/**
 * A release as a program makes it: commit a tree, look at what changed, seal it, check it as a host would, and bring it to the
 * repository that hosts pull from. Prints what it did as JSON; progress and problems go to standard error.
 *
 *     node release-pipeline.js TREE WORK PUBLISHED
 *
 * TREE is a directory with an operating system. WORK and PUBLISHED are directories that are made when they are not there.
 * RELEASE_VERSION and RELEASE_KEY_FILE are read from the environment; without a key file, a key is made in WORK.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeError,
  exitStatusOf,
  generateSignerKey,
  initRepository,
  readSignerKey,
  RootsealError,
  writeSignerKey,
  type CommitResult,
  type ProgressEvent,
  type Repository,
  type SignerKey,
  type Trust,
} from 'rootseal';

const BRANCH = 'os/stable';
/** More paths than this are not the change that somebody meant to release. */
const CHANGES_MAX = 100_000;

interface Release {
  readonly commit: string;
  readonly image: string;
  readonly version: string;
  readonly changes: number;
  readonly published: { readonly objects: number; readonly bytes: number };
}

async function release(
  [tree, work, published]: readonly [string, string, string],
  signal: AbortSignal,
): Promise<Release> {
  mkdirSync(work, { recursive: true });
  const repository = await initRepository(join(work, 'repository'));
  const key = await signer(work);
  const made = await repository.commit({
    source: { kind: 'directory', path: tree },
    branch: BRANCH,
    name: 'example-os',
    version: process.env['RELEASE_VERSION'],
    labels: { pipeline: 'release-pipeline' },
    onProgress: report(),
    signal,
  });
  const changes = await countChanges(repository, made, signal);
  await repository.seal(made.id, { signers: [key] });

  // As a host would: with the verifier key alone, and nothing of what this machine trusts otherwise.
  const trust: Trust = { keys: [key.verifier], policy: { name: 'example-os' } };
  await repository.verify(made.id, trust);
  const target = await initRepository(published);
  const { objects, bytes } = await target.pull({
    remote: { name: 'pipeline', url: repository.path },
    branch: BRANCH,
    trust,
    onProgress: report(),
    onRetry: (line) => {
      console.error(line);
    },
    signal,
  });
  await publish(target, made.id, signal);
  const { image, version } = made.commit;
  return { commit: made.id, image, version, changes, published: { objects, bytes } };
}

/** The branch that hosts follow is moved last, when all of it is there and whole. */
async function publish(target: Repository, id: string, signal: AbortSignal): Promise<void> {
  const { ok, findings } = await target.check({ signal });
  if (!ok)
    throw new Error(findings.map(({ subject, message }) => `${subject}: ${message}`).join('\n'));
  await target.setRef({ kind: 'branch', name: BRANCH, revision: id });
}

async function countChanges(
  repository: Repository,
  { id, commit }: CommitResult,
  signal: AbortSignal,
): Promise<number> {
  if (commit.parent === undefined) return 0;
  const changes = await repository.diff(commit.parent, id, { signal });
  if (changes.length > CHANGES_MAX)
    throw new Error(`${changes.length} paths differ from ${commit.parent}`);
  return changes.length;
}

async function signer(work: string): Promise<SignerKey> {
  const file = process.env['RELEASE_KEY_FILE'] ?? join(work, 'release.key');
  if (existsSync(file))
    return readSignerKey(file, { passphrase: process.env['RELEASE_PASSPHRASE'] });
  const key = await generateSignerKey('release.example.org');
  await writeSignerKey(file, key);
  return key;
}

/** One line for each task, when it begins. */
function report(): (event: ProgressEvent) => void {
  const told = new Set<string>();
  return ({ task, total, unit }) => {
    if (told.has(task)) return;
    told.add(task);
    console.error(total === undefined ? task : `${task}: ${total} ${unit}`);
  };
}

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort(new Error('SIGINT'));
});

const [tree, work, published] = process.argv.slice(2);
if (tree === undefined || work === undefined || published === undefined) {
  console.error('usage: node release-pipeline.js TREE WORK PUBLISHED');
  process.exitCode = 2;
} else {
  try {
    console.log(
      JSON.stringify(await release([tree, work, published], interruption.signal), null, 2),
    );
  } catch (error) {
    console.error(describeError(error));
    if (error instanceof RootsealError && error.hint !== undefined) console.error(error.hint);
    process.exitCode = exitStatusOf(error);
  }
}
