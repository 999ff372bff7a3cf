/**
 * Reader of composefs-dump(5), the text form of a file tree (composefs 1.0.8, man/composefs-dump.md).
 *
 * Stricter than the reference reader where that guesses: numbers and digests must be well formed and fit, paths must
 * be absolute and plain, and no field is cut at a NUL byte. As lenient as the reference where dumps in use need it:
 * RDEV of inodes that are not devices, SIZE of directories and symlinks and bits above the file type are ignored, a
 * single space may end a line, the last newline may be missing, and a hard link's fields other than PATH, MODE and
 * PAYLOAD are not looked at.
 */
import type { ByteString } from '../../util/bytes.js';
import type { HashAlgorithm } from '../../util/digest.js';
import type { Directory, HardLink, Tree } from '../tree/model.js';
import { nameProblem } from '../tree/names.js';
import { lookup } from '../tree/walk.js';
import { parseInode, parseKind, type InodeContext } from './inode-fields.js';
import { DumpLine } from './line.js';
import { placeholder, resolveLinks, type PendingLink } from './links.js';
import { XattrParser } from './xattrs.js';

const NEWLINE = 0x0a;

/** The tree so far. */
interface State {
  root: Directory | undefined;
  /** Path and inode of the directory that held the last entry: most lines have the same parent as the line before. */
  parentPath: ByteString | undefined;
  parent: Directory | undefined;
  readonly pending: Map<HardLink, PendingLink>;
}

/**
 * The tree that a dump describes. Takes time and memory linear in the input; keeps no view of it.
 *
 * @param bytes the whole dump
 * @param options `algorithm` decides how long digests must be
 * @throws {FormatError} with line, column (both from 1) and field of the first mistake
 */
export function parseDump(bytes: Uint8Array, options: { algorithm: HashAlgorithm }): Tree {
  const line = new DumpLine(bytes);
  const context = { algorithm: options.algorithm, xattrs: new XattrParser() };
  const state: State = {
    root: undefined,
    parentPath: undefined,
    parent: undefined,
    pending: new Map(),
  };
  for (let start = 0; start < line.bytes.length;) {
    const newline = line.bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? line.bytes.length : newline;
    line.load(start, end);
    addLine(line, state, context);
    start = end + 1;
  }
  if (state.root === undefined) {
    line.load(0, 0);
    return line.fail('PATH', 'the dump is empty');
  }
  const tree: Tree = { root: state.root };
  resolveLinks(tree, state.pending);
  return tree;
}

function addLine(line: DumpLine, state: State, context: InodeContext): void {
  const path = checkPath(line, 'PATH');
  if (path === '/') {
    addRoot(line, state, context);
    return;
  }
  const slash = path.lastIndexOf('/');
  const parent = findParent(line, state, path.slice(0, Math.max(slash, 1)) as ByteString);
  const name = line.lastName(path);
  const problem = nameProblem(name);
  if (problem !== undefined) line.fail('PATH', problem);
  if (parent.children.has(name)) line.fail('PATH', 'an earlier line has the same path');
  if (line.isHardLink()) addLink(line, state, parent, name);
  else parent.children.set(name, parseInode(line, context));
}

function addRoot(line: DumpLine, state: State, context: InodeContext): void {
  if (state.root !== undefined) line.fail('PATH', 'there is a second root');
  if (line.isHardLink()) line.fail('MODE', 'the root cannot be a hard link');
  const root = parseInode(line, context);
  if (root.kind !== 'directory') return line.fail('MODE', 'the root must be a directory');
  state.root = root;
}

function addLink(line: DumpLine, state: State, parent: Directory, name: ByteString): void {
  if (parseKind(line) === 'directory') line.fail('MODE', 'a directory cannot have hard links');
  if (!line.isSet('PAYLOAD')) line.fail('PAYLOAD', 'a hard link needs the path of its target here');
  const targetPath = checkPath(line, 'PAYLOAD');
  const link = placeholder();
  const place = { line: line.number, column: line.column('PAYLOAD') };
  state.pending.set(link, { parent, name, targetPath, ...place });
  parent.children.set(name, link);
}

function checkPath(line: DumpLine, field: 'PATH' | 'PAYLOAD'): ByteString {
  const path = line.text(field);
  if (!path.startsWith('/')) line.fail(field, 'the path does not start with a slash');
  if (path.includes('//')) line.fail(field, 'the path has two slashes in a row');
  if (path !== '/' && path.endsWith('/')) line.fail(field, 'the path ends in a slash');
  return path;
}

function findParent(line: DumpLine, state: State, path: ByteString): Directory {
  if (state.root === undefined) return line.fail('PATH', 'the first line must be the root, /');
  if (path === state.parentPath && state.parent !== undefined) return state.parent;
  const parent = lookup({ root: state.root }, path);
  if (parent === undefined) return line.fail('PATH', 'the parent directory has no line before');
  if (parent.kind !== 'directory') return line.fail('PATH', 'the parent is not a directory');
  state.parentPath = path;
  state.parent = parent;
  return parent;
}
