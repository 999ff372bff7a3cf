/** Small repositories for tests, made and called through the command line. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { listObjects } from '../../src/repo/objects.js';
import { Repository } from '../../src/repo/repository.js';
import { hasVerity } from '../../src/repo/object-verity.js';
import { objectPath, type Digest } from '../../src/util/digest.js';
import { type CallOptions, type CallResult, rootseal } from './cli.js';
import { fixTimes } from './fixed-times.js';
import { scratchDirectory } from './scratch.js';

/** A time that tests commit at. */
export const TIME = 1_795_428_000;

/** Standard output of a call that must end with `status`. */
export function expectStatus(result: CallResult, status = 0): string {
  assert.equal(result.status, status, `${result.stdout}${result.stderr}`);
  return result.stdout.trimEnd();
}

/**
 * A function that gives each test its own copy of a repository, and what else `make` knows about it. The repository is
 * made once.
 */
export function templateRepository<F extends { readonly repository: TestRepository }>(
  make: (repository: TestRepository) => F,
): (t: TestContext) => F {
  let template: F | undefined;
  after(() => {
    if (template !== undefined) fs.rmSync(template.repository.scratch, { recursive: true });
  });
  return (t) => {
    template ??= make(TestRepository.makeIn(fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'))));
    return { ...template, repository: template.repository.copyTo(scratchDirectory(t), 'repo') };
  };
}

/** A repository in a scratch directory, and calls in it. */
export class TestRepository {
  readonly scratch: string;
  readonly path: string;

  constructor(scratch: string, path: string) {
    this.scratch = scratch;
    this.path = path;
  }

  /** Makes an empty one. */
  static make(t: TestContext, ...options: string[]): TestRepository {
    return TestRepository.makeIn(scratchDirectory(t), ...options);
  }

  static makeIn(scratch: string, ...options: string[]): TestRepository {
    const repository = new TestRepository(scratch, join(scratch, 'repo'));
    repository.expect(['init', ...options]);
    return repository;
  }

  call(args: readonly string[], options: CallOptions = {}): CallResult {
    return rootseal(args, { ...options, env: { ROOTSEAL_REPO: this.path, ...options.env } });
  }

  /** Standard output of a call that must succeed. */
  expect(args: readonly string[], options: CallOptions = {}): string {
    return expectStatus(this.call(args, options));
  }

  /** The document that a call with `--json` prints. */
  json(args: readonly string[], status = 0): unknown {
    return JSON.parse(expectStatus(this.call([...args, '--json']), status));
  }

  /** Makes a directory of these files below the scratch directory and commits it at a fixed time. */
  commit(files: Readonly<Record<string, string>>, branch = 'main', ...options: string[]): string {
    const tree = this.tree(files);
    return this.expect(['commit', tree, '-b', branch, '--time', String(TIME), ...options]);
  }

  /** A new directory that holds these files; a name that ends in `/` is a directory, a content `->x` a symbolic link to x. */
  tree(files: Readonly<Record<string, string>>): string {
    const tree = fs.mkdtempSync(join(this.scratch, 'tree-'));
    for (const [name, content] of Object.entries(files)) {
      const path = join(tree, name);
      fs.mkdirSync(name.endsWith('/') ? path : join(path, '..'), { recursive: true });
      if (content.startsWith('->')) fs.symlinkSync(content.slice(2), path);
      else if (!name.endsWith('/')) fs.writeFileSync(path, content);
    }
    fixTimes(tree);
    return tree;
  }

  file(relative: string): string {
    return join(this.path, relative);
  }

  objectFile(digest: string): string {
    return this.file(`objects/${objectPath(digest as Digest)}`);
  }

  /** Digest of the object of a file in a commit. */
  digestOf(revision: string, path: string): string {
    const { entries } = this.json(['ls', revision, path]) as { entries: { digest: string }[] };
    const [row] = entries;
    assert.ok(row);
    return row.digest;
  }

  imageOf(revision: string): string {
    const { image } = this.json(['show', revision]) as { image: string };
    return image.slice(image.indexOf(':') + 1);
  }

  /** Changes one byte of a file. The file is a new one: fs-verity would refuse the write. */
  damage(file: string): void {
    const bytes = fs.readFileSync(file);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    fs.rmSync(file);
    fs.writeFileSync(file, bytes);
  }

  /** A copy that nothing is shared with. */
  copyTo(scratch: string, name: string): TestRepository {
    const path = join(scratch, name);
    execFileSync('cp', ['-a', this.path, path]);
    const copy = new TestRepository(scratch, path);
    copy.sealObjects();
    return copy;
  }

  /** Enables fs-verity, which copies of files do not have. */
  private sealObjects(): void {
    const repository = Repository.open(this.path);
    if (!hasVerity(repository)) return;
    const { digests } = listObjects(repository);
    this.expect(['verity', 'enable', ...digests.map((digest) => this.objectFile(digest))]);
  }

  /** Every file and link below the repository's directory, with the sizes of files. */
  listing(): string {
    return execFileSync('find', ['.', '-printf', '%P %y %l %s\n'], { cwd: this.path })
      .toString()
      .split('\n')
      .filter((line) => !line.includes(' d '))
      .sort()
      .join('\n');
  }
}
