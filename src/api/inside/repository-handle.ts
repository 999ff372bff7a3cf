/** The repository that callers hold. What each call takes is loaded when it comes first. */
import { Repository as Inner } from '../../repo/repository.js';
import type { CallOptions, LongCallOptions } from '../call-options.js';
import type { CheckReport } from '../check-report.js';
import type { CommitEntry, CommitRequest, CommitResult } from '../commit-document.js';
import type { HashAlgorithm } from '../made-images.js';
import type { PullRequest, PullResult, Remote } from '../other-repositories.js';
import type { CheckoutReport, ExportOptions, RefUpdate, Repository } from '../repository-api.js';
import type { SealReport, SealRequest, SealResult, Trust } from '../seal-report.js';
import type { CommitTree, PathChange } from '../tree-entries.js';
import { call } from './run-call.js';

export function open(directory: string): Promise<Repository> {
  return call({}, () => new Handle(Inner.open(directory)));
}

export function init(directory: string, algorithm: HashAlgorithm): Promise<Repository> {
  return call({}, () => new Handle(Inner.init(directory, algorithm)));
}

const commits = () => import('./commit-calls.js');
const remotes = () => import('./remote-calls.js');
const seals = () => import('./seal-calls.js');
const trees = () => import('./tree-calls.js');

class Handle implements Repository {
  readonly path: string;
  readonly algorithm: HashAlgorithm;
  readonly #inner: Inner;

  constructor(inner: Inner) {
    this.path = inner.path;
    this.algorithm = inner.algorithm;
    this.#inner = inner;
  }

  async refs() {
    return (await commits()).listNames(this.#inner);
  }

  async setRef(update: RefUpdate): Promise<string> {
    return (await commits()).setRef(this.#inner, update);
  }

  async deleteRef(kind: 'branch' | 'tag', name: string): Promise<string> {
    return (await commits()).deleteName(this.#inner, kind, name);
  }

  async show(revision: string): Promise<CommitEntry> {
    return (await commits()).show(this.#inner, revision);
  }

  async log(revision: string, options: { readonly limit?: number | undefined } = {}) {
    return (await commits()).log(this.#inner, revision, options.limit);
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    return (await commits()).commit(this.#inner, request);
  }

  async readTree(revision: string, options: CallOptions = {}): Promise<CommitTree> {
    return (await trees()).read(this.#inner, revision, options);
  }

  async diff(before: string, after: string, options: CallOptions = {}): Promise<PathChange[]> {
    return (await trees()).diff(this.#inner, [before, after], options);
  }

  async checkOut(
    revision: string,
    directory: string,
    options: LongCallOptions = {},
  ): Promise<CheckoutReport> {
    return (await trees()).checkOut(this.#inner, revision, directory, options);
  }

  async *exportTar(revision: string, options: ExportOptions = {}): AsyncGenerator<Uint8Array> {
    yield* (await trees()).exportTar(this.#inner, revision, options);
  }

  async seal(revision: string, request: SealRequest): Promise<SealResult> {
    return (await seals()).seal(this.#inner, revision, request);
  }

  async readSeal(revision: string): Promise<string | undefined> {
    return (await commits()).sealText(this.#inner, revision);
  }

  async verify(revision: string, trust: Trust): Promise<SealReport> {
    return (await seals()).verify(this.#inner, revision, { trust, strict: true });
  }

  async inspectSeal(revision: string, trust: Trust): Promise<SealReport> {
    return (await seals()).verify(this.#inner, revision, { trust, strict: false });
  }

  async remotes(): Promise<Remote[]> {
    return (await remotes()).list(this.#inner);
  }

  async addRemote(remote: Remote): Promise<void> {
    await (await remotes()).add(this.#inner, remote);
  }

  async removeRemote(name: string): Promise<void> {
    await (await remotes()).remove(this.#inner, name);
  }

  async pull(request: PullRequest): Promise<PullResult> {
    return (await remotes()).pull(this.#inner, request);
  }

  async check(options: LongCallOptions = {}): Promise<CheckReport> {
    const { check } = await import('./check-call.js');
    return check(this.#inner, options);
  }
}
