/** Images with an `/etc`, machines that run them, and merges. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { mergeEtc } from '../../src/deploy/etc/merge.js';
import type { EtcReport } from '../../src/deploy/etc/merge-trees.js';
import type { EtcMount } from '../../src/formats/seal/policy.js';
import type { Tree } from '../../src/formats/tree/model.js';
import { commitTree } from '../../src/repo/commit-tree.js';
import { readRevision } from '../../src/repo/read-tree.js';
import { Repository } from '../../src/repo/repository.js';
import { parseTreeSource } from '../../src/repo/source/source.js';
import { noProgress } from '../../src/util/progress.js';
import { scratchDirectory } from './scratch.js';

/** A deployment of an image. */
export interface Deployed {
  readonly image: Tree;
  readonly mode: EtcMount;
  /** Its directory of state. */
  readonly directory: string;
  /** Its `/etc`; the upper directory in an overlay. */
  readonly etc: string;
  readonly report: EtcReport;
}

export class EtcBench {
  readonly scratch: string;
  readonly repository: Repository;
  private count = 0;

  constructor(t: TestContext) {
    this.scratch = scratchDirectory(t);
    this.repository = Repository.init(join(this.scratch, 'repo'), 'sha256');
  }

  /** Commits a tree; `fill` gets its root, which has `etc` and `usr`. */
  async image(fill: (root: string) => void): Promise<Tree> {
    const root = this.place();
    for (const name of ['etc', 'usr']) fs.mkdirSync(join(root, name), { recursive: true });
    fill(root);
    await commitTree(this.repository, {
      source: parseTreeSource(root),
      branch: 'main',
      time: 0,
      xattrs: 'all',
      progress: noProgress,
    });
    return (await readRevision(this.repository, 'main')).tree;
  }

  /** An image whose `/etc` has these files; names that begin with `usr/` are put there instead. */
  files(files: Readonly<Record<string, string>>): Promise<Tree> {
    return this.image((root) => {
      for (const [name, content] of Object.entries(files)) {
        const path = join(root, name.startsWith('usr/') ? name : `etc/${name}`);
        fs.mkdirSync(join(path, '..'), { recursive: true });
        fs.writeFileSync(path, content);
      }
    });
  }

  /** Deploys an image over what was deployed before, to a directory of its own. */
  async deploy(image: Tree, before?: Deployed, mode: EtcMount = 'bind'): Promise<Deployed> {
    const directory = this.place();
    fs.mkdirSync(directory, { recursive: true });
    return this.deployTo(directory, image, { before, mode });
  }

  async deployTo(
    directory: string,
    image: Tree,
    { before, mode = 'bind' }: { before?: Deployed | undefined; mode?: EtcMount },
  ): Promise<Deployed> {
    const report = await mergeEtc({
      repository: this.repository,
      base: before?.image,
      mine: before && { root: before.directory, path: 'etc' },
      oldMode: before?.mode ?? 'bind',
      theirs: image,
      mode,
      target: directory,
      progress: noProgress,
    });
    const etc = join(directory, mode === 'overlay' ? 'etc/upper' : 'etc');
    return { image, mode, directory, etc, report };
  }

  private place(): string {
    return join(this.scratch, String(this.count++));
  }
}

/** Content of every file below a directory, by relative path; directories end in `/`, links have their target. */
export function contents(directory: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of fs.readdirSync(join(directory, prefix)).sort()) {
    const relative = `${prefix}${name}`;
    const path = join(directory, relative);
    const stat = fs.lstatSync(path);
    if (stat.isDirectory()) {
      found[`${relative}/`] = '';
      Object.assign(found, contents(directory, `${relative}/`));
    } else if (stat.isSymbolicLink()) found[relative] = `-> ${fs.readlinkSync(path)}`;
    else found[relative] = stat.isFile() ? fs.readFileSync(path, 'utf8') : 'special';
  }
  return found;
}
