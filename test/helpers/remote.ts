/** A repository with a sealed release, and another one that pulls from it. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { addRemote, type Remote } from '../../src/remote/remotes.js';
import { planPull, type PullPlan } from '../../src/remote/pull-plan.js';
import { executePull, type PullReport } from '../../src/remote/pull.js';
import { loadTrust } from '../../src/release/trust.js';
import { Repository } from '../../src/repo/repository.js';
import { Random } from './random.js';
import { templateRepository, TestRepository, TIME } from './repository.js';
import { scratchDirectory } from './scratch.js';

/** Bytes of the one large content. */
export const LARGE = 1_500_000;
const SMALL = 12;

export const BRANCH = 'debian/trixie';

/** What a release is sealed as. */
const FACTS = ['--name', 'example', '--release-version', '1', '--sequence', '100'];

export interface Publication {
  readonly repository: TestRepository;
  /** The commit of `BRANCH`. */
  readonly commit: string;
  /** The signer's key. */
  readonly key: string;
  /** Directory of its verifier key. */
  readonly keys: string;
  /** Digest of the large content. */
  readonly large: string;
}

/** Contents that are alike in every run. */
export function filesOf(seed: number): Record<string, string> {
  const random = new Random(seed);
  const files: Record<string, string> = {
    large: random.bytes(LARGE / 2).toString('hex'),
    'usr/tiny': 'in the image',
  };
  for (let index = 0; index < SMALL; index++)
    files[`usr/file-${index}`] = random.bytes(2500 + index).toString('hex');
  return files;
}

/** Each test's own copy of a published repository. */
export const publication = templateRepository((repository): Publication => {
  const key = join(repository.scratch, 'key');
  const keys = join(repository.scratch, 'keys');
  fs.mkdirSync(keys);
  const seed = join(repository.scratch, 'seed');
  fs.writeFileSync(seed, '11'.repeat(32));
  repository.expect(['key', 'import', seed, '--name', 'publisher', '--output', key]);
  fs.renameSync(`${key}.pub`, join(keys, 'publisher.pub'));
  const tree = repository.tree(filesOf(1));
  const args = ['commit', tree, '-b', BRANCH, '--time', String(TIME), '--key', key, ...FACTS];
  const commit = repository.expect(args);
  return { repository, commit, key, keys, large: repository.digestOf(commit, '/large') };
});

/** Everything that one side of a pull is. */
export class Puller {
  readonly repository: TestRepository;
  readonly remote: Remote;

  constructor(t: TestContext, remote: Remote, scratch = scratchDirectory(t)) {
    this.repository = new TestRepository(scratch, join(scratch, 'repo'));
    this.remote = remote;
    addRemote(Repository.init(this.repository.path, 'sha256'), remote);
  }

  /** What would come; the caller closes its downloads. */
  plan(branch = BRANCH): Promise<PullPlan> {
    const { keys, policy } = this.remote;
    const trust = loadTrust({ keys, policy });
    const { remote } = this;
    return planPull(Repository.open(this.repository.path), { remote, branch, trust });
  }

  /** Pulls in this process. */
  async pull(branch = BRANCH): Promise<PullReport> {
    const plan = await this.plan(branch);
    try {
      return await executePull(Repository.open(this.repository.path), plan, () => undefined);
    } finally {
      plan.downloads.close(false);
    }
  }

  /** Names in `tmp/`, and in what a pull left there. */
  leftovers(): string[] {
    return fs.readdirSync(this.repository.file('tmp'), { recursive: true }).map(String).sort();
  }
}
