/**
 * Writes a tree to a new directory: content from verified objects, then owners, modes, extended attributes and times.
 *
 * The target must be empty and is only reached through its descriptor without following links, so nothing outside it
 * is ever written, whatever names and links the tree holds.
 */
import fs from 'node:fs';
import { chmodAt, chownAt, utimensAt } from '../linux/set-attributes.js';
import { linkAt, mkdirAt, mknodAt, symlinkAt } from '../linux/directory.js';
import { openBeneath } from '../linux/open.js';
import { setXattrAt } from '../linux/xattr.js';
import {
  NO_XATTRS,
  type Directory,
  type Inode,
  type Leaf,
  type RegularFile,
  type Tree,
  type Xattrs,
} from '../formats/tree/model.js';
import { walk } from '../formats/tree/walk.js';
import { forEachBounded } from '../util/async.js';
import { ascii, toDisplay, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import type { Steps } from '../util/steps.js';
import type { Progress } from '../util/progress.js';
import { OBJECTS_DIR } from './layout.js';
import type { Repository } from './repository.js';
import { filterMode, filterXattrs } from './source/xattr-mode.js';
import type { SourceFile, TargetFile } from './work/jobs.js';
import { Workers } from './work/workers.js';

export interface CheckoutOptions {
  /** Whether owners are set and devices made; only root can. */
  readonly privileged: boolean;
  readonly progress: Progress;
  /** Ends it, with what is written left behind; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Files of the tree whose content is on the disk, and not in the repository. */
  readonly local?: LocalFiles;
}

/** Files of a scanned directory. */
export interface LocalFiles {
  /** Descriptor of the directory. */
  readonly rootFd: number;
  readonly files: ReadonlyMap<RegularFile, SourceFile>;
}

export interface CheckoutReport {
  readonly files: number;
  /** What an unprivileged checkout left out: devices and attributes outside `user.`. */
  readonly skipped: readonly string[];
}

const BATCH_FILES = 64;

/**
 * @throws {RootsealError} USAGE when `directory` is there and not empty; TREE_CHANGED when a file on the disk is not what it was
 */
export async function checkoutTree(
  repository: Repository,
  tree: Tree,
  directory: string,
  options: CheckoutOptions,
): Promise<CheckoutReport> {
  prepareTarget(directory);
  const rootFd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const checkout = new Checkout(rootFd, options);
    const { signal } = options;
    await withPauses(checkout.makeNames(tree), signal);
    await checkout.makeFiles(repository);
    await withPauses(checkout.finishLinks(), signal);
    await withPauses(checkout.finishDirectories(), signal);
    return { files: checkout.count, skipped: checkout.skipped };
  } finally {
    fs.closeSync(rootFd);
  }
}

function prepareTarget(directory: string): void {
  if (!fs.existsSync(directory)) {
    fs.mkdirSync(directory, 0o700);
    return;
  }
  if (!fs.statSync(directory).isDirectory())
    throw new RootsealError('USAGE', `${directory} is not a directory`);
  if (fs.readdirSync(directory).length > 0) {
    throw new RootsealError('USAGE', `${directory} is not empty`, {
      hint: 'name a directory that does not exist yet',
    });
  }
}

class Checkout {
  count = 0;
  readonly skipped: string[] = [];
  private readonly rootFd: number;
  private readonly options: CheckoutOptions;
  private readonly files: TargetFile[] = [];
  private readonly directories: { path: ByteString; node: Directory }[] = [];
  private readonly links: { path: ByteString; target: Leaf }[] = [];
  private readonly primary = new Map<Leaf, ByteString>();

  constructor(rootFd: number, options: CheckoutOptions) {
    this.rootFd = rootFd;
    this.options = options;
  }

  /** Makes everything but regular files and further names; collects those. */
  *makeNames(tree: Tree): Steps<void> {
    for (const { path: absolute, entry } of walk(tree)) {
      const relative = absolute.slice(1) as ByteString;
      this.count++;
      if (entry.kind === 'link') this.links.push({ path: relative, target: entry.target });
      else if (entry.kind === 'directory') this.makeDirectory(relative, entry);
      else {
        this.primary.set(entry, relative);
        if (entry.kind === 'file') this.files.push(this.targetFile(relative, entry));
        else this.makeSpecial(relative, entry);
      }
      yield;
    }
  }

  async makeFiles(repository: Repository): Promise<void> {
    const setup = {
      algorithm: repository.algorithm,
      objectsDir: repository.file(OBJECTS_DIR),
      stagingDir: undefined,
      requireVerity: false,
    };
    const workers = new Workers(setup, this.options.signal);
    const batches = Array.from({ length: Math.ceil(this.files.length / BATCH_FILES) }, (_, index) =>
      this.files.slice(index * BATCH_FILES, (index + 1) * BATCH_FILES),
    );
    const total = sizeOf(this.files);
    let done = 0;
    try {
      workers.expect(this.files.length);
      await forEachBounded(batches, workers.depth, async (batch) => {
        await workers.checkout(this.rootFd, batch);
        done += sizeOf(batch);
        this.options.progress({ task: 'checkout', done, total, unit: 'bytes' });
      });
    } finally {
      await workers.close();
    }
  }

  *finishLinks(): Steps<void> {
    for (const { path: relative, target } of this.links) {
      const from = this.primary.get(target);
      // The primary name was skipped: so are the others.
      if (from === undefined) continue;
      this.inParent(from, (fromFd, fromName) => {
        this.inParent(relative, (toFd, toName) => {
          linkAt(fromFd, fromName, toFd, toName);
        });
      });
      yield;
    }
  }

  /** Directories come last, deepest first: making names in them changes their times. */
  *finishDirectories(): Steps<void> {
    for (const { path: relative, node } of this.directories.reverse()) {
      if (relative === '') this.applyMetadata(this.rootFd, ascii('.'), node, relative);
      else
        this.inParent(relative, (fd, name) => {
          this.applyMetadata(fd, name, node, relative);
        });
      yield;
    }
  }

  private makeDirectory(relative: ByteString, node: Directory): void {
    this.directories.push({ path: relative, node });
    if (relative === '') return;
    this.inParent(relative, (fd, name) => {
      mkdirAt(fd, name, 0o700);
    });
  }

  private makeSpecial(relative: ByteString, node: Exclude<Leaf, RegularFile>): void {
    if (!this.options.privileged && (node.kind === 'char' || node.kind === 'block')) {
      this.skipped.push(`/${toDisplay(relative)}: a device needs root`);
      this.primary.delete(node);
      return;
    }
    this.inParent(relative, (fd, name) => {
      if (node.kind === 'symlink') symlinkAt(node.target, fd, name);
      else
        mknodAt(fd, name, { type: node.kind, mode: 0o600, rdev: 'rdev' in node ? node.rdev : 0 });
      this.applyMetadata(fd, name, node, relative);
    });
  }

  private applyMetadata(fd: number, name: ByteString, node: Inode, relative: ByteString): void {
    if (this.options.privileged) chownAt(fd, name, node.uid, node.gid);
    const xattrs = this.keptXattrs(relative, node);
    if (node.kind !== 'symlink') chmodAt(fd, name, filterMode(node, xattrs));
    for (const [key, value] of xattrs) setXattrAt(fd, name, key, value);
    utimensAt(fd, name, node.mtimeSec, node.mtimeNsec);
  }

  private targetFile(relative: ByteString, node: RegularFile): TargetFile {
    const { local } = this.options;
    const file = local?.files.get(node);
    const xattrs = this.keptXattrs(relative, node);
    return {
      path: relative,
      size: node.size,
      digest: node.digest,
      inline: node.inline,
      source:
        local === undefined || file === undefined ? undefined : { rootFd: local.rootFd, file },
      mode: filterMode(node, xattrs),
      owner: this.options.privileged ? { uid: node.uid, gid: node.gid } : undefined,
      mtimeSec: node.mtimeSec,
      mtimeNsec: node.mtimeNsec,
      xattrs: [...xattrs],
    };
  }

  private keptXattrs(relative: ByteString, node: Inode): Xattrs {
    if (this.options.privileged) return node.xattrs;
    const kept = node.kind === 'symlink' ? NO_XATTRS : filterXattrs(node.xattrs, 'user');
    if (kept.size < node.xattrs.size)
      this.skipped.push(`/${toDisplay(relative)}: its extended attributes need root`);
    return kept;
  }

  private inParent(relative: ByteString, action: (fd: number, name: ByteString) => void): void {
    const slash = relative.lastIndexOf('/');
    const parent = relative.slice(0, Math.max(slash, 0)) as ByteString;
    const fd = openBeneath(this.rootFd, parent, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      action(fd, relative.slice(slash + 1) as ByteString);
    } finally {
      fs.closeSync(fd);
    }
  }
}

function sizeOf(files: readonly TargetFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
