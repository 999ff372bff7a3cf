/**
 * Reads a tar archive of an OS tree: ustar, pax, GNU tar's `gnu` and `oldgnu`, and Unix V7 (POSIX.1-2017 pax; GNU tar
 * manual, "Tar Internals").
 *
 * Memory grows with the number of members, never with the size of their content.
 */
import type { ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { canonicalize } from '../tree/canonical.js';
import type { Inode, RegularFile, Stat, Tree } from '../tree/model.js';
import { symlinkProblem } from '../tree/names.js';
import { AccessLists } from './access-lists.js';
import { AccountNames } from './account-names.js';
import type { Header } from './header.js';
import { TarInput } from './input.js';
import {
  deviceOf,
  MemberReader,
  ownerNamesOf,
  paddingOf,
  statOf,
  storedSize,
  type Member,
} from './members.js';
import { imageMarkOf, isLayerMark, NOT_KEPT, type NotKeptListener } from './not-kept.js';
import { copyContent, copySparse, type FileContent, type FileSink, type TarSink } from './sink.js';
import { checkSparse, readOldSparse, readPaxSparse, type SparseMap } from './sparse.js';
import { shown, splitMemberPath, TreeBuilder, type MemberPath } from './tar-tree.js';

/** How to read. */
export interface TarReadOptions {
  /** Hears of all that the archive says and the tree does not hold. */
  readonly onNotKept?: NotKeptListener;
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
  private readonly accounts = new AccountNames();
  private readonly accessLists: AccessLists;
  private readonly onNotKept: NotKeptListener;
  /** Files whose content was given to the sink, which still works on it. */
  private readonly unfinished = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(input: TarInput, sink: TarSink, options: TarReadOptions) {
    this.input = input;
    this.sink = sink;
    this.options = options;
    this.onNotKept = (what, path) => {
      options.onNotKept?.(what, path);
    };
    this.accessLists = new AccessLists(this.onNotKept);
  }

  async read(): Promise<Tree> {
    try {
      const members = new MemberReader(this.input);
      for (let member = await members.next(); member !== undefined; member = await members.next()) {
        await this.add(member, members);
        if (this.failure !== undefined) break;
      }
    } finally {
      await Promise.all(this.unfinished);
      await this.input.close();
    }
    if (this.failure !== undefined) throw this.failure.error;
    const { root } = this.builder;
    if (this.accessLists.hasNames) this.accounts.readFiles({ root });
    this.accessLists.settle(this.accounts);
    const mark = imageMarkOf(root);
    if (mark !== undefined) this.onNotKept(NOT_KEPT.image, mark);
    return { root };
  }

  private async add(member: Member, members: MemberReader): Promise<void> {
    const { header, attributes } = member;
    // Volume labels (V) are not members, and have no content.
    if (header.typeflag === 'V') return;
    const path = splitMemberPath(member.path, header.offset);
    for (const keyword of attributes.notKept) this.onNotKept(keyword, path.path);
    if (isLayerMark(path.names.at(-1) ?? ('' as ByteString)))
      this.onNotKept(NOT_KEPT.whiteout, path.path);
    const stat = statOf(member);
    const { user, group } = ownerNamesOf(member);
    this.accounts.noteOwner('user', user, stat.uid);
    this.accounts.noteOwner('group', group, stat.gid);
    const inode = isWithContent(member)
      ? await this.addWithContent(member, path, stat)
      : this.addPlain(member, path, stat);
    if (inode !== undefined) this.accessLists.take(inode, member, path.path);
    if (!isWithContent(member) && (await members.skipStray(member))) this.tellStray(member, path);
  }

  private async addWithContent(member: Member, path: MemberPath, stat: Stat): Promise<Inode> {
    if (member.header.typeflag === 'D') {
      this.onNotKept(NOT_KEPT.dumpNames, path.path);
      const directory = this.builder.setDirectory(path, stat);
      await this.skipContent(storedSize(member));
      return directory;
    }
    // Before typeflag 5 existed, directories were files whose name ends in a slash.
    if (member.path.endsWith('/')) return this.addOldDirectory(member, path, stat);
    return this.addFile(member, path, stat);
  }

  /** Hard links get no inode of their own. */
  private addPlain(member: Member, path: MemberPath, stat: Stat): Inode | undefined {
    const { header, linkpath } = member;
    switch (header.typeflag) {
      case '1':
        this.builder.setLink(path, splitMemberPath(linkpath, header.offset, 'linkname'));
        return undefined;
      case '2': {
        const problem = symlinkProblem(linkpath);
        if (problem !== undefined) refuse(header, 'linkname', `${shown(path.path)}: ${problem}`);
        return this.builder.setLeaf(path, { kind: 'symlink', ...stat, target: linkpath });
      }
      case '3':
        return this.builder.setLeaf(path, {
          kind: 'char',
          ...stat,
          rdev: deviceOf(member),
          size: 0,
        });
      case '4':
        return this.builder.setLeaf(path, {
          kind: 'block',
          ...stat,
          rdev: deviceOf(member),
          size: 0,
        });
      case '5':
        return this.builder.setDirectory(path, stat);
      case '6':
        return this.builder.setLeaf(path, { kind: 'fifo', ...stat, size: 0 });
      default:
        return refuse(header, 'typeflag', `${shown(path.path)}: ${describeType(header.typeflag)}`);
    }
  }

  /** Only hard links may have content that is also elsewhere. */
  private tellStray({ header }: Member, path: MemberPath): void {
    if (header.typeflag === '1') this.onNotKept(NOT_KEPT.linkContent, path.path);
    else refuse(header, 'size', `${shown(path.path)}: content of what is not a file`);
  }

  private addOldDirectory(member: Member, path: MemberPath, stat: Stat): Inode {
    if (storedSize(member) !== 0)
      refuse(member.header, 'size', `${shown(path.path)}: a directory with content`);
    return this.builder.setDirectory(path, stat);
  }

  private async addFile(member: Member, path: MemberPath, stat: Stat): Promise<Inode> {
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
    const opened = await this.sink.file(file.size);
    const sink = map === undefined ? this.accounts.watch(path, file, opened) : opened;
    try {
      if (map === undefined) await copyContent(this.input, sink, stored);
      else await copySparse(this.input, sink, map);
      await this.input.skip(paddingOf(stored));
    } catch (error) {
      await sink.abort();
      throw error;
    }
    this.finish(file, sink);
    return file;
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

function isWithContent({ header }: Member): boolean {
  return ['0', '7', 'S', 'D'].includes(header.typeflag);
}

/** Types of members that other programs know, and that are not read. */
const UNREAD_TYPES: ReadonlyMap<string, string> = new Map([
  ['A', 'an access list of Solaris'],
  ['E', 'extended attributes of Solaris'],
  ['I', 'an inode without its file'],
  ['M', 'a piece of a file that began in another volume of the archive'],
  ['N', 'a long name in the form of old versions of GNU tar'],
]);

function describeType(typeflag: ByteString): string {
  const known = UNREAD_TYPES.get(typeflag);
  if (known !== undefined) return `type ${typeflag} is not read: ${known}`;
  return `unknown type ${shown(typeflag)}`;
}

function refuse(header: Header, field: string, message: string): never {
  throw new FormatError('tar', message, { offset: header.offset, field });
}
