/** Names of a tree with their inodes, as `ls` and `image ls` show them. */
import type { Inode } from '../../formats/tree/model.js';
import { toDisplay, type ByteString } from '../../util/bytes.js';
import { formatTable } from './table.js';

export interface InodeRow {
  readonly path: ByteString;
  readonly inode: Inode;
}

/** A line for each name. */
export function formatInodes(rows: readonly InodeRow[]): string {
  return formatTable(rows.map(describeRow), ['left', 'right', 'right', 'right']);
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

function describeRow({ path, inode }: InodeRow): string[] {
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

/** One name for programs; names and targets are text, attributes base64. */
export function documentOfInode({ path, inode }: InodeRow): unknown {
  const { kind, mode, uid, gid, mtimeSec } = inode;
  return {
    path: toDisplay(path),
    kind,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    mtime: mtimeSec,
    nlink: inode.nlink,
    bytes: inode.kind === 'file' ? inode.size : null,
    digest: inode.kind === 'file' ? (inode.digest ?? null) : null,
    target: inode.kind === 'symlink' ? toDisplay(inode.target) : null,
    xattrs: Object.fromEntries(
      [...inode.xattrs].map(([name, value]) => [
        toDisplay(name),
        Buffer.from(value, 'latin1').toString('base64'),
      ]),
    ),
  };
}
