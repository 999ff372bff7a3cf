/**
 * Reads a tree from any source, and stores or only hashes its contents on the way. What only one kind of source needs is
 * loaded when it comes.
 */
import fs from 'node:fs';
import { canonicalizeInSteps } from '../../formats/tree/canonical.js';
import type { Tree } from '../../formats/tree/model.js';
import type { HashAlgorithm } from '../../util/digest.js';
import { failureOf, FormatError, RootsealError } from '../../util/errors.js';
import { untilAborted, withPauses, withPausesBetween } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import type { WriteSession } from '../write-session.js';
import { Workers } from '../work/workers.js';
import { clampTimes } from './clamp.js';
import { ingestScan, type IngestTotals } from './ingest.js';
import { NotKeptCounter, type NotKept } from './collect-not-kept.js';
import { scanDirectory } from './scan.js';
import type { TreeSource } from './source.js';
import { filterTreeXattrs, type XattrMode } from './xattr-mode.js';

export interface LoadOptions {
  readonly algorithm: HashAlgorithm;
  /** Where new contents go; undefined when they are only hashed. */
  readonly session?: WriteSession | undefined;
  readonly xattrs: XattrMode;
  readonly clampMtime?: number | undefined;
  readonly asMkcomposefs?: boolean | undefined;
  /** Leaves trees of dumps and images as they describe them. */
  readonly asDescribed?: boolean | undefined;
  readonly progress: Progress;
  /** What a tar archive called `-` is read from; standard input by default. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
  /** Ends the reading; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedTree {
  readonly tree: Tree;
  readonly totals: IngestTotals;
  /** What an archive says and the tree does not hold; undefined for other sources. */
  readonly notKept?: readonly NotKept[];
}

/** Longest dump or image that is read. */
export const SOURCE_SIZE_MAX = 2 ** 31 - 1;

/**
 * A canonical tree, unless it was scanned as `mkcomposefs` does or left as it is described. Trees of dumps and images
 * name their contents by digest; whoever stores them settles that (`contents.ts`).
 *
 * @throws {RootsealError} PATH_NOT_FOUND, or USAGE when the source is not of the kind that it was said to be
 */
export async function loadTree(source: TreeSource, options: LoadOptions): Promise<LoadedTree> {
  requireSource(source);
  if (source.kind === 'directory') return loadDirectory(source.path, options);
  if (options.asMkcomposefs === true)
    throw new RootsealError('USAGE', '--as-mkcomposefs is for directories');
  const loaded =
    source.kind === 'tar'
      ? await loadTar(source.path, options)
      : await loadDescription(source.kind, source.path, options);
  filterTreeXattrs(loaded.tree, options.xattrs);
  clampTimes(loaded.tree, options.clampMtime);
  return loaded;
}

/** Says what is wrong with a name in its own words, which a failing system call would not. */
function requireSource({ kind, path }: TreeSource): void {
  if (kind !== 'directory' && path === '-') return;
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  const name = kind === 'directory' ? path : `${kind}:${path}`;
  if (stat === undefined)
    throw new RootsealError('PATH_NOT_FOUND', `${name}: no such file or directory`);
  if (kind === 'directory' && !stat.isDirectory()) {
    throw new RootsealError('USAGE', `${path} is not a directory`, {
      hint: 'say what the file is: tar:FILE, dump:FILE or image:FILE',
    });
  }
  if (kind !== 'directory' && stat.isDirectory()) {
    throw new RootsealError('USAGE', `${name}: this is a directory`, {
      hint: `a directory is named without "${kind}:"`,
    });
  }
}

async function loadDirectory(path: string, options: LoadOptions): Promise<LoadedTree> {
  const { algorithm, session, progress, xattrs, clampMtime, asMkcomposefs, signal } = options;
  const setup = {
    algorithm,
    objectsDir: session?.target.objectsDir,
    stagingDir: session?.staging.directory,
    requireVerity: false,
  };
  const workers = new Workers(setup, signal);
  try {
    const scan = scanDirectory(path, {
      xattrs,
      clampMtime,
      asMkcomposefs,
      progress,
    });
    try {
      const totals = await ingestScan(scan, { workers, progress, signal });
      if (asMkcomposefs !== true) await withPauses(canonicalizeInSteps(scan.tree), signal);
      return { tree: scan.tree, totals };
    } finally {
      scan.close();
    }
  } finally {
    await workers.close();
  }
}

async function loadTar(path: string, options: LoadOptions): Promise<LoadedTree> {
  const { readTar } = await import('../../formats/tar/read-archive.js');
  const { openDecompressed } = await import('../../linux/decompress.js');
  const { ContentTarSink } = await import('./tar-sink.js');
  const sink = new ContentTarSink(options.algorithm, options.session, options.progress);
  const input = path === '-' ? (options.input ?? process.stdin) : path;
  const stream = untilAborted(openDecompressed(input), options.signal);
  const notKept = new NotKeptCounter();
  const tree = await readTar(stream, sink, {
    onNotKept: (what, path) => {
      notKept.count(what, path);
    },
  });
  return { tree, totals: sink.totals, notKept: notKept.result() };
}

async function loadDescription(
  kind: 'dump' | 'image',
  path: string,
  options: LoadOptions,
): Promise<LoadedTree> {
  const { algorithm } = options;
  const bytes = await readWhole(path, kind === 'dump' ? 'a dump' : 'an image', options.signal);
  const tree = await inFile(path, () =>
    kind === 'dump' ? parse(bytes, algorithm) : decode(bytes, options.signal),
  );
  if (options.asDescribed !== true) await withPauses(canonicalizeInSteps(tree), options.signal);
  return { tree, totals: { newBytes: 0, newObjects: 0, sharedBytes: 0 } };
}

async function parse(bytes: Uint8Array, algorithm: HashAlgorithm): Promise<Tree> {
  const { parseDump } = await import('../../formats/dumpfile/parse-dump.js');
  return parseDump(bytes, { algorithm });
}

async function decode(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<Tree> {
  const { decodeInSteps } = await import('../../formats/erofs/read-image.js');
  return (await withPauses(decodeInSteps(bytes), signal)).tree;
}

/**
/** Calls `read` and puts the name of the file before what is wrong with its format; `-` is standard input. */
export async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const shown = path === '-' ? 'standard input' : path;
    const details = { ...cause.details, path: shown };
    if (cause.place.field !== 'magic')
      throw new RootsealError('FORMAT_INVALID', shown, { cause, details });
    const message = `${shown} is not a composefs image (${cause.reason})`;
    throw new RootsealError('FORMAT_INVALID', message, { details });
  }
}

/**
 * A whole dump or image.
 * @param path a file, or `-` for standard input
 * @param what it should be, for errors
 * @param signal ends the reading; its reason is what is thrown
 * @throws {RootsealError} USAGE when it is a directory, FORMAT_INVALID when it is longer than any is
 */
export async function readWhole(path: string, what: string, signal?: AbortSignal): Promise<Buffer> {
  const shown = path === '-' ? 'standard input' : path;
  const stat = path === '-' ? fs.fstatSync(0) : fs.statSync(path);
  if (stat.isDirectory()) throw new RootsealError('USAGE', `${shown} is a directory, not ${what}`);
  requireSize(shown, stat.size);
  const stream = path === '-' ? process.stdin : fs.createReadStream(path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of withPausesBetween<Uint8Array>(stream, signal)) {
      size += chunk.length;
      requireSize(shown, size);
      chunks.push(chunk);
    }
  } catch (error) {
    throw failureOf(shown, error);
  }
  return Buffer.concat(chunks);
}

function requireSize(shown: string, size: number): void {
  if (size <= SOURCE_SIZE_MAX) return;
  throw new RootsealError('FORMAT_INVALID', `${shown} has more than ${SOURCE_SIZE_MAX} bytes`);
}
