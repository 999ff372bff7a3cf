/** `rootseal ls REV [PATH]` */
import {
  inodeOf,
  sortedNames,
  type Entry,
  type Inode,
  type Tree,
} from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { fromText, toDisplay, type ByteString } from '../../util/bytes.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { openRepository, repositoryOption } from '../options.js';
import { formatTable } from '../render/table.js';

interface Row {
  readonly path: ByteString;
  readonly inode: Inode;
}

export const ls = defineCommand({
  command: 'ls <rev> [path]',
  describe: 'list what is in a commit',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', { type: 'string', demandOption: true, describe: 'the commit' })
      .positional('path', { type: 'string', default: '/', describe: 'a path in its tree' })
      .option('recursive', {
        alias: 'R',
        type: 'boolean',
        default: false,
        describe: 'list all below it',
      }),
  run: async (context, options) => {
    const { readRevision, requireInode } = await import('../../repo/read-tree.js');
    const { walk } = await import('../../formats/tree/walk.js');
    const { tree } = readRevision(openRepository(context, options), options.rev);
    const path = fromText(options.path);
    const inode = requireInode(tree, path);
    const rows = options.recursive ? below(walk(subtree(tree, inode)), path) : listed(path, inode);
    await printResult(
      context,
      formatTable(rows.map(describeRow), ['left', 'right', 'right', 'right']),
      rows.map(documentOf),
    );
    return 'done';
  },
});

function subtree(tree: Tree, inode: Inode): Tree {
  return inode.kind === 'directory' ? { root: inode } : tree;
}

function below(visits: Iterable<{ path: ByteString; entry: Entry }>, start: ByteString): Row[] {
  const base = start.replace(/\/+$/, '');
  return Array.from(visits, ({ path, entry }) => ({
    path: (path === '/' && base !== '' ? base : `${base}${path}`) as ByteString,
    inode: inodeOf(entry),
  }));
}

function listed(path: ByteString, inode: Inode): Row[] {
  if (inode.kind !== 'directory') return [{ path, inode }];
  const base = (path.replace(/\/+$/, '') || '/') as ByteString;
  return sortedNames(inode).flatMap((name) => {
    const entry = inode.children.get(name);
    return entry === undefined ? [] : [{ path: joinPath(base, name), inode: inodeOf(entry) }];
  });
}

const TYPE_LETTER: Readonly<Record<Inode['kind'], string>> = {
  directory: 'd',
  file: '-',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  socket: 's',
};

function describeRow({ path, inode }: Row): string[] {
  const size = inode.kind === 'file' ? String(inode.size) : '-';
  const target = inode.kind === 'symlink' ? ` -> ${toDisplay(inode.target)}` : '';
  const time = new Date(inode.mtimeSec * 1000);
  return [
    `${TYPE_LETTER[inode.kind]}${inode.mode.toString(8).padStart(4, '0')}`,
    String(inode.uid),
    String(inode.gid),
    size,
    Number.isNaN(time.getTime())
      ? `@${inode.mtimeSec}`
      : time.toISOString().slice(0, 19).replace('T', ' '),
    `${toDisplay(path)}${target}`,
  ];
}

function documentOf({ path, inode }: Row): unknown {
  const { kind, mode, uid, gid, mtimeSec } = inode;
  return {
    path: toDisplay(path),
    type: kind,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    mtime: mtimeSec,
    nlink: inode.nlink,
    ...(inode.kind === 'file' ? { size: inode.size, digest: inode.digest ?? null } : {}),
    ...(inode.kind === 'symlink' ? { target: toDisplay(inode.target) } : {}),
    xattrs: Object.fromEntries(
      [...inode.xattrs].map(([name, value]) => [
        toDisplay(name),
        Buffer.from(value, 'latin1').toString('base64'),
      ]),
    ),
  };
}
