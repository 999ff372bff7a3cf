/**
 * Reads a tar archive of an OS tree: ustar, pax, GNU tar's `gnu` and `oldgnu`, and Unix V7 (POSIX.1-2017 pax; GNU tar
 * manual, "Tar Internals").
 *
 * Memory grows with the number of members, never with the size of their content.
 */
import type { ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { canonicalize } from '../tree/canonical.js';
import type { RegularFile, Stat, Tree } from '../tree/model.js';
import { symlinkProblem } from '../tree/names.js';
import type { Header } from './header.js';
import { TarInput } from './input.js';
import { deviceOf, MemberReader, paddingOf, statOf, storedSize, type Member } from './members.js';
import { copyContent, copySparse, type FileContent, type FileSink, type TarSink } from './sink.js';
import { checkSparse, readOldSparse, readPaxSparse, type SparseMap } from './sparse.js';
import { shown, splitMemberPath, TreeBuilder, type MemberPath } from './tree.js';

/** How to read. */
export interface TarReadOptions {
  /** Hears of records that carry something the tree cannot hold: POSIX ACLs as text. */
  readonly onIgnored?: (path: ByteString, keyword: ByteString) => void;
  /**
   * Longest sparse file, in bytes with its holes. A few bytes of archive can ask for any length; the default is 1 TiB.
   */
  readonly maxSparseSize?: number;
}

const MAX_SPARSE_SIZE = 2 ** 40;

/**
 * The canonical tree of an archive. File content goes to `sink`.
 *
 * Hard links name the inode that is at their target's path at that point of the archive; a later member that takes
 * the place of one name leaves the others. The archive must end in two zero blocks, and only zeros may follow.
 *
 * @throws {FormatError} when the archive is damaged, cut off or would leave its root
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  options: TarReadOptions = {},
): Promise<Tree> {
  const reader = new TarTreeReader(new TarInput(source), sink, options);
  const tree = await reader.read();
  canonicalize(tree);
  return tree;
}

/** One run over one archive. */
class TarTreeReader {
  private readonly input: TarInput;
  private readonly sink: TarSink;
  private readonly options: TarReadOptions;
  private readonly builder = new TreeBuilder();
  /** Files whose content was given to the sink, which still works on it. */
  private readonly unfinished = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(input: TarInput, sink: TarSink, options: TarReadOptions) {
    this.input = input;
    this.sink = sink;
    this.options = options;
  }

  async read(): Promise<Tree> {
    try {
      const members = new MemberReader(this.input);
      for (let member = await members.next(); member !== undefined; member = await members.next()) {
        await this.add(member);
        if (this.failure !== undefined) break;
      }
    } finally {
      await Promise.all(this.unfinished);
      await this.input.close();
    }
    if (this.failure !== undefined) throw this.failure.error;
    return { root: this.builder.root };
  }

  private async add(member: Member): Promise<void> {
    const { header, attributes } = member;
    // Volume labels (V) are no members, and without content.
    if (header.typeflag === 'V') return;
    const path = splitMemberPath(member.path, header.offset);
    for (const keyword of attributes.ignored) this.options.onIgnored?.(path.path, keyword);
    const stat = statOf(member);
    switch (header.typeflag) {
      case '0':
      case '7':
      case 'S':
        // Before typeflag 5 existed, directories were files whose name ends in a slash.
        if (member.path.endsWith('/')) this.addOldDirectory(member, path, stat);
        else await this.addFile(member, path, stat);
        return;
      case '1':
        this.builder.setLink(path, splitMemberPath(member.linkpath, header.offset, 'linkname'));
        return;
      case '5':
        this.builder.setDirectory(path, stat);
        return;
      // GNU tar's incremental directories list their names as content.
      case 'D':
        this.builder.setDirectory(path, stat);
        await this.skipContent(storedSize(member));
        return;
      default:
        this.addSpecial(member, path, stat);
    }
  }

  private addSpecial(member: Member, path: MemberPath, stat: Stat): void {
    const { header, linkpath } = member;
    switch (header.typeflag) {
      case '2': {
        const problem = symlinkProblem(linkpath);
        if (problem !== undefined) refuse(header, 'linkname', `${shown(path.path)}: ${problem}`);
        this.builder.setLeaf(path, { kind: 'symlink', ...stat, target: linkpath });
        return;
      }
      case '3':
        this.builder.setLeaf(path, { kind: 'char', ...stat, rdev: deviceOf(member), size: 0 });
        return;
      case '4':
        this.builder.setLeaf(path, { kind: 'block', ...stat, rdev: deviceOf(member), size: 0 });
        return;
      case '6':
        this.builder.setLeaf(path, { kind: 'fifo', ...stat, size: 0 });
        return;
      default:
        refuse(header, 'typeflag', `${shown(path.path)}: unknown type ${shown(header.typeflag)}`);
    }
  }

  private addOldDirectory(member: Member, path: MemberPath, stat: Stat): void {
    if (storedSize(member) !== 0)
      refuse(member.header, 'size', `${shown(path.path)}: a directory with content`);
    this.builder.setDirectory(path, stat);
  }

  private async addFile(member: Member, path: MemberPath, stat: Stat): Promise<void> {
    const stored = storedSize(member);
    const map = await this.sparseMapOf(member, stored);
    const file: RegularFile = {
      kind: 'file',
      ...stat,
      size: map?.realsize ?? stored,
      inline: undefined,
      digest: undefined,
      payload: undefined,
    };
    this.builder.setLeaf(path, file);
    const sink = await this.sink.file(file.size);
    try {
      if (map === undefined) await copyContent(this.input, sink, stored);
      else await copySparse(this.input, sink, map);
      await this.input.skip(paddingOf(stored));
    } catch (error) {
      await sink.abort();
      throw error;
    }
    this.finish(file, sink);
  }

  private finish(file: RegularFile, sink: FileSink): void {
    const done = sink
      .finish()
      .then(
        (content: FileContent) => {
          file.inline = content.inline;
          file.digest = content.digest;
          file.payload = content.payload;
        },
        (error: unknown) => {
          this.failure ??= { error };
        },
      )
      .finally(() => this.unfinished.delete(done));
    this.unfinished.add(done);
  }

  private async sparseMapOf(member: Member, stored: number): Promise<SparseMap | undefined> {
    const { header, attributes } = member;
    let map: SparseMap;
    let consumed = 0;
    if (header.typeflag === 'S') {
      if (header.dialect !== 'gnu') refuse(header, 'typeflag', 'a sparse header that is not GNU');
      map = await readOldSparse(this.input, header);
    } else if (attributes.sparse !== undefined) {
      const { offset } = header;
      ({ map, consumed } = await readPaxSparse(this.input, attributes.sparse, stored, offset));
    } else {
      return undefined;
    }
    checkSparse(map, stored - consumed, header.offset);
    const limit = this.options.maxSparseSize ?? MAX_SPARSE_SIZE;
    if (map.realsize > limit)
      refuse(header, 'realsize', `a sparse file of ${map.realsize} bytes, more than ${limit}`);
    return map;
  }

  private async skipContent(size: number): Promise<void> {
    await this.input.skip(size);
    await this.input.skip(paddingOf(size));
  }
}

function refuse(header: Header, field: string, message: string): never {
  throw new FormatError('tar', message, { offset: header.offset, field });
}
