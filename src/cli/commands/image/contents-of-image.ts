/** `rootseal image dump`, `ls`, `objects` and `missing`: what is in an image file. */
import type { Argv } from 'yargs';
import { inodeOf } from '../../../formats/tree/model.js';
import { toDisplay } from '../../../util/bytes.js';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { documentOfInode, formatInodes } from '../../render/inode-text.js';

/** Characters of a dump that are written at once. */
const CHUNK_LENGTH = 1 << 16;

export const dump = defineCommand({
  command: 'dump <file>',
  describe: 'print an image as a composefs dump',
  doing: 'reading the image',
  builder: (yargs) => fileArgument(yargs),
  run: async (context, options) => {
    const { readImageFile } = await import('../../../repo/image/image-file.js');
    const { printDump } = await import('../../../formats/dumpfile/print.js');
    let chunk = '';
    for (const line of printDump((await readImageFile(options.file, context.signal)).tree)) {
      chunk += line;
      if (chunk.length < CHUNK_LENGTH) continue;
      await context.stdout(chunk);
      chunk = '';
    }
    await context.stdout(chunk);
    return 'done';
  },
});

export const ls = defineCommand({
  command: 'ls <file>',
  describe: 'list what is in an image',
  doing: 'reading the image',
  builder: (yargs) => fileArgument(yargs),
  run: async (context, options) => {
    const { readImageFile } = await import('../../../repo/image/image-file.js');
    const { walk } = await import('../../../formats/tree/walk.js');
    const { tree } = await readImageFile(options.file, context.signal);
    const rows = Array.from(walk(tree), ({ path, entry }) => ({
      path,
      inode: inodeOf(entry),
    }));
    await printResult(context, formatInodes(rows), {
      entries: rows.map(documentOfInode),
    });
    return 'done';
  },
});

export const objects = defineCommand({
  command: 'objects <file>',
  describe: 'list the objects that an image needs',
  doing: 'reading the image',
  builder: (yargs) => fileArgument(yargs),
  run: async (context, options) => {
    const { readImageFile } = await import('../../../repo/image/image-file.js');
    const { payloadsOf } = await import('../../../formats/tree/tree-objects.js');
    const { tree } = await readImageFile(options.file, context.signal);
    const names = payloadsOf(tree).map(toDisplay);
    await printResult(context, names.join('\n'), { objects: names });
    return 'done';
  },
});

export const missing = defineCommand({
  command: 'missing <file>',
  describe: 'list the objects that an image needs and a directory lacks; exit status 3 for some',
  doing: 'reading the image',
  builder: (yargs) =>
    fileArgument(yargs).option('objects', {
      type: 'string',
      takes: 'DIR',
      demandOption: true,
      describe: 'the directory of objects',
    }),
  run: async (context, options) => {
    const { missingObjects, readImageFile } = await import('../../../repo/image/image-file.js');
    const { tree } = await readImageFile(options.file, context.signal);
    const names = missingObjects(tree, options.objects).map(toDisplay);
    await printResult(context, names.join('\n'), { objects: names });
    return names.length > 0 ? 'findings' : 'done';
  },
});

function fileArgument<T>(yargs: Argv<T>) {
  return yargs.positional('file', {
    type: 'string',
    takes: 'FILE',
    demandOption: true,
    describe: 'the image, - for standard input',
  });
}
