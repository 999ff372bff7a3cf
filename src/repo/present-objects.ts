/** Which of many objects are there, for whoever asks for those of several images at once. */
import fs from 'node:fs';
import type { Digest } from '../util/digest.js';
import { hasErrno } from '../util/errors.js';
import type { Steps } from '../util/steps.js';
import { objectSize, objectsDirectory } from './objects.js';
import type { Repository } from './repository.js';

/** Directories of a store, by the first two digits of digests. */
const DIRECTORIES = 256;
/** Names of a directory that are read as quickly as one object is asked for. */
const NAMES_FOR_ONE = 4;
/** Objects that are asked for between two pauses at most. */
const OBJECTS_A_STEP = 256;

/** Remembers what it has seen: to be made for one look, and not to be kept. */
export class PresentObjects {
  private readonly repository: Repository;
  /** What is a regular file in each directory that was listed. */
  private readonly listed = new Map<string, ReadonlySet<string>>();
  private readonly asked = new Map<Digest, boolean>();

  constructor(repository: Repository) {
    this.repository = repository;
  }

  /**
   * Those of which there is no regular file, in byte order. A step is some of them.
   * @throws {Error} Node's, when a directory cannot be read
   */
  *missing(digests: ReadonlySet<Digest>): Steps<Digest[]> {
    const has = this.isWorthListing(digests) ? this.isListed.bind(this) : this.isThere.bind(this);
    const missing: Digest[] = [];
    let asked = 0;
    for (const digest of digests) {
      if (!has(digest)) missing.push(digest);
      if (++asked % OBJECTS_A_STEP === 0) yield;
    }
    return missing.sort();
  }

  /** Digests begin with all digits alike, so one directory tells how full all are. */
  private isWorthListing(digests: ReadonlySet<Digest>): boolean {
    const [first] = digests;
    if (first === undefined || digests.size < DIRECTORIES) return false;
    const { size } = this.list(first.slice(0, 2));
    return size <= (NAMES_FOR_ONE * digests.size) / DIRECTORIES + DIRECTORIES;
  }

  private isListed(digest: Digest): boolean {
    return this.list(digest.slice(0, 2)).has(digest.slice(2));
  }

  private isThere(digest: Digest): boolean {
    let isThere = this.asked.get(digest);
    if (isThere === undefined) {
      isThere = objectSize(this.repository, digest) !== undefined;
      this.asked.set(digest, isThere);
    }
    return isThere;
  }

  private list(prefix: string): ReadonlySet<string> {
    let names = this.listed.get(prefix);
    if (names === undefined) {
      names = regularFilesIn(`${objectsDirectory(this.repository)}/${prefix}`);
      this.listed.set(prefix, names);
    }
    return names;
  }
}

function regularFilesIn(directory: string): Set<string> {
  const names = new Set<string>();
  try {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true }))
      if (entry.isFile()) names.add(entry.name);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENOTDIR')) throw error;
  }
  return names;
}
