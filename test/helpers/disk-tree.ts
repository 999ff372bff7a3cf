/** Random directories on disk: described by fast-check, made and read back with system calls. Only root can make all. */
import fs from 'node:fs';
import fc from 'fast-check';
import { ACL_XATTRS, encodeAcl, isMinimalAcl, type Acl } from '../../src/formats/acl/acl.js';
import { nameProblem, symlinkProblem } from '../../src/formats/tree/names.js';
import { chmodAt, chownAt, utimensAt } from '../../src/linux/set-attributes.js';
import { linkAt, mkdirAt, mknodAt, symlinkAt } from '../../src/linux/directory.js';
import { encodeDev } from '../../src/linux/stat.js';
import { readXattrsAt, setXattrAt } from '../../src/linux/xattr.js';
import { ascii, type ByteString, fromBytes, toBytes } from '../../src/util/bytes.js';
import { arbitraryAcl } from './arbitrary-acl.js';
import { byteString } from './arbitrary-tree.js';

interface Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: readonly [sec: number, nsec: number];
  readonly xattrs: readonly (readonly [ByteString, ByteString])[];
  readonly acls: { readonly access: Acl | undefined; readonly default: Acl | undefined };
}

type Content =
  | { readonly kind: 'directory' }
  | { readonly kind: 'file'; readonly size: number; readonly seed: number }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'char' | 'block'; readonly rdev: number }
  | { readonly kind: 'fifo' | 'socket' }
  | { readonly kind: 'link'; readonly to: number };

/** One name; `parent` counts the directories made so far, `to` the other names. */
interface Step {
  readonly parent: number;
  readonly name: ByteString;
  readonly content: Content;
  readonly metadata: Metadata;
}

export interface DirectoryDescription {
  readonly root: Metadata;
  readonly steps: readonly Step[];
}

const NAME = byteString(255).filter((text) => nameProblem(text) === undefined);
const TARGET = byteString(1000).filter((text) => symlinkProblem(text) === undefined);
const OWNER = fc.constantFrom(0, 1, 1000, 65_534, 65_536, 0xfffffffe);

const XATTR = fc.tuple(
  fc.oneof(
    byteString(60).map((suffix) => `user.${suffix}` as ByteString),
    byteString(60)
      .filter((suffix) => !suffix.startsWith('overlay.'))
      .map((suffix) => `trusted.${suffix}` as ByteString),
  ),
  fc.uint8Array({ maxLength: 100 }).map(fromBytes),
);

const SOME_ACL = fc.option(arbitraryAcl(), { freq: 3, nil: undefined });

const METADATA: fc.Arbitrary<Metadata> = fc.record({
  mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0o4755, 0o2755, 0o1777, 0), fc.nat(0o7777)),
  uid: OWNER,
  gid: OWNER,
  mtime: fc.tuple(
    fc.oneof(fc.constantFrom(0, -1, 1), fc.integer({ min: -(2 ** 31), max: 2 ** 33 })),
    fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  ),
  xattrs: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(XATTR, { maxLength: 3, selector: ([key]) => key }),
    },
  ),
  acls: fc.record({ access: SOME_ACL, default: SOME_ACL }),
});

const RDEV = fc.constantFrom(
  encodeDev(0, 0),
  encodeDev(1, 3),
  encodeDev(8, 300),
  encodeDev(0xfff, 0xfffff),
);
const SIZE = fc.oneof(
  fc.constantFrom(0, 1, 63, 64, 65, 4095, 4096, 4097, 70_000),
  fc.nat({ max: 10_000 }),
);

function content(sockets: boolean): fc.Arbitrary<Content> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: 'directory' as const }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('file' as const), size: SIZE, seed: fc.nat(255) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('symlink' as const), target: TARGET }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('char' as const, 'block' as const),
        rdev: RDEV,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: sockets
          ? fc.constantFrom('fifo' as const, 'socket' as const)
          : fc.constant('fifo' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('link' as const), to: fc.nat() }) },
  );
}

/** Descriptions of directories of up to 25 names. */
export function arbitraryDirectory(sockets: boolean): fc.Arbitrary<DirectoryDescription> {
  const step = fc.record({
    parent: fc.nat(),
    name: NAME,
    content: content(sockets),
    metadata: METADATA,
  });
  return fc.record({
    root: METADATA,
    steps: fc.array(step, { maxLength: 25, size: 'max' }),
  });
}

interface Made {
  readonly fd: number;
  readonly name: ByteString;
}

/** Makes the directory at `path`. */
export function writeDirectory(path: string, { root, steps }: DirectoryDescription): void {
  fs.mkdirSync(path);
  const directories = [openDirectory(path)];
  const leaves: Made[] = [];
  const finish: (() => void)[] = [];
  const taken = new Set<string>();
  for (const { parent, name, content, metadata } of steps) {
    const index = parent % directories.length;
    const made = { fd: directories[index] ?? -1, name };
    if (taken.has(`${index}/${name}`)) continue;
    if (content.kind === 'link') {
      const target = leaves[content.to % Math.max(1, leaves.length)];
      if (target === undefined) continue;
      linkAt(target.fd, target.name, made.fd, name);
    } else {
      makeInode(made, content);
      if (content.kind === 'directory') directories.push(openDirectory(procPath(made)));
      else leaves.push(made);
      finish.push(() => {
        setMetadata(made, content.kind, metadata);
      });
    }
    taken.add(`${index}/${name}`);
  }
  for (const action of finish) action();
  setMetadata({ fd: directories[0] ?? -1, name: ascii('.') }, 'directory', root);
  for (const fd of directories) fs.closeSync(fd);
}

function openDirectory(path: string | Buffer): number {
  return fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
}

/** A path that is short however deep the name lies. */
function procPath({ fd, name }: Made): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), toBytes(name)]);
}

function makeInode(made: Made, content: Exclude<Content, { kind: 'link' }>): void {
  const { fd, name } = made;
  switch (content.kind) {
    case 'directory':
      mkdirAt(fd, name);
      break;
    case 'file':
      fs.writeFileSync(
        procPath(made),
        Buffer.alloc(content.size, Buffer.from([content.seed, 1, 2])),
      );
      break;
    case 'symlink':
      symlinkAt(content.target, fd, name);
      break;
    case 'char':
    case 'block':
      mknodAt(fd, name, { type: content.kind, mode: 0o600, rdev: content.rdev });
      break;
    case 'fifo':
    case 'socket':
      mknodAt(fd, name, { type: content.kind, mode: 0o600, rdev: 0 });
  }
}

function setMetadata({ fd, name }: Made, kind: Content['kind'], metadata: Metadata): void {
  const { mode, uid, gid, mtime, xattrs, acls } = metadata;
  chownAt(fd, name, uid, gid);
  if (kind !== 'symlink') chmodAt(fd, name, mode);
  for (const [key, value] of xattrs) {
    // The kernel keeps attributes of users to files and directories.
    if (key.startsWith('user.') && kind !== 'file' && kind !== 'directory') continue;
    setXattrAt(fd, name, key, value);
  }
  if (kind !== 'symlink' && acls.access !== undefined && !isMinimalAcl(acls.access))
    setXattrAt(fd, name, ACL_XATTRS.access, encodeAcl(acls.access));
  if (kind === 'directory' && acls.default !== undefined)
    setXattrAt(fd, name, ACL_XATTRS.default, encodeAcl(acls.default));
  utimensAt(fd, name, ...mtime);
}

/** Everything that a directory holds, by path as bytes; times are whole seconds. Names of one inode share a number. */
export function snapshot(path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const inodes = new Map<bigint, number>();
  const visit = (made: Made, shown: string): void => {
    const stat = fs.lstatSync(procPath(made), { bigint: true });
    if (!inodes.has(stat.ino)) inodes.set(stat.ino, inodes.size);
    result[shown] = {
      inode: inodes.get(stat.ino),
      mode: stat.mode,
      owner: [stat.uid, stat.gid],
      nlink: stat.nlink,
      rdev: stat.rdev,
      mtime: stat.mtimeNs / 1_000_000_000n - (stat.mtimeNs % 1_000_000_000n < 0n ? 1n : 0n),
      xattrs: [...readXattrsAt(made.fd, made.name)].sort(([a], [b]) => (a < b ? -1 : 1)),
      content: contentOf(made, stat),
    };
    if (!stat.isDirectory()) return;
    const fd = openDirectory(procPath(made));
    const names = fs.readdirSync(procPath({ fd, name: ascii('.') }), { encoding: 'buffer' });
    for (const name of names.map(fromBytes).sort()) visit({ fd, name }, `${shown}/${name}`);
    fs.closeSync(fd);
  };
  const fd = openDirectory(path);
  visit({ fd, name: ascii('.') }, '');
  fs.closeSync(fd);
  return result;
}

function contentOf(made: Made, stat: fs.BigIntStats): string | undefined {
  if (stat.isFile()) return fs.readFileSync(procPath(made)).toString('base64');
  if (stat.isSymbolicLink())
    return fs.readlinkSync(procPath(made), { encoding: 'buffer' }).toString('base64');
  return undefined;
}
