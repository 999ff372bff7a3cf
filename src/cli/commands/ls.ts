/** `rootseal ls REV [PATH]` */
import { inodeOf, sortedNames, type Entry, type Inode } from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { fromText, type ByteString } from '../../util/bytes.js';
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import { repositoryOption, withRepository } from '../options.js';
import { documentOfInode, formatInodes, type InodeRow } from '../render/inode-text.js';

export const ls = defineCommand({
  command: 'ls <rev> [path]',
  describe: 'list what is in a commit',
  doing: 'reading the image',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .positional('path', {
        type: 'string',
        takes: 'PATH',
        default: '/',
        describe: 'a path in its tree',
      })
      .option('recursive', {
        alias: 'R',
        type: 'boolean',
        default: false,
        describe: 'list all below it',
      }),
  run: async (context, options) => {
    const { readRevision, requireInode } = await import('../../repo/read-tree.js');
    const { walk } = await import('../../formats/tree/walk.js');
    const { tree } = await withRepository(context, options, (repository) =>
      readRevision(repository, options.rev, context.signal),
    );
    const path = fromText(options.path);
    const inode = requireInode(tree, path);
    const rows =
      options.recursive && inode.kind === 'directory'
        ? below(walk({ root: inode }), path)
        : listed(path, inode);
    await printResult(context, formatInodes(rows), { entries: rows.map(documentOfInode) });
    return 'done';
  },
});

function below(
  visits: Iterable<{ path: ByteString; entry: Entry }>,
  start: ByteString,
): InodeRow[] {
  const base = start.replace(/\/+$/, '');
  return Array.from(visits, ({ path, entry }) => ({
    path: (path === '/' && base !== '' ? base : `${base}${path}`) as ByteString,
    inode: inodeOf(entry),
  }));
}

function listed(path: ByteString, inode: Inode): InodeRow[] {
  if (inode.kind !== 'directory') return [{ path, inode }];
  const base = (path.replace(/\/+$/, '') || '/') as ByteString;
  return sortedNames(inode).flatMap((name) => {
    const entry = inode.children.get(name);
    return entry === undefined ? [] : [{ path: joinPath(base, name), inode: inodeOf(entry) }];
  });
}
