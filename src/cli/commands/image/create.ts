/** `rootseal image create SOURCE FILE` */
import { RootsealError } from '../../../util/errors.js';
import type { TreeSource } from '../../../repo/source/source.js';
import { defineCommand } from '../../command.js';
import { printResult, type Context } from '../../context.js';
import { documentOfNotKept } from '../../documents/not-kept-facts.js';
import { remarkNotKept } from '../../render/not-kept-text.js';
import { imageOptions, imageRequest } from './options.js';

export const create = defineCommand({
  command: 'create <source> [file]',
  describe: 'make the composefs image of a tree and print its digest',
  doing: 'reading the tree',
  usesThreads: true,
  builder: (yargs) =>
    imageOptions(yargs)
      .positional('source', {
        type: 'string',
        takes: 'TREE',
        demandOption: true,
        describe: 'a directory, tar:FILE, dump:FILE or image:FILE',
      })
      .positional('file', {
        type: 'string',
        takes: 'FILE',
        describe: 'the image, - for standard output; or --output',
      })
      .option('output', { alias: 'o', type: 'string', takes: 'FILE', describe: 'the image' })
      .option('from-dump', {
        type: 'boolean',
        default: false,
        describe: 'the source is a file with a composefs dump, - for standard input',
      })
      .option('digest-store', {
        type: 'string',
        takes: 'DIR',
        describe: 'directory that gets the contents of the files',
      }),
  run: async (context, options) => {
    const { makeImage, writeImage } = await import('../../../repo/image/make.js');
    const { printTypedDigest } = await import('../../../formats/digest-text.js');
    const { digestStore } = options;
    const file = outputOf(options);
    if (file === '-') refuseOutput(context, options);
    const source = await parseSource(options.source, options.fromDump);
    const image = await makeImage({ ...imageRequest(context, source, options), digestStore });
    const digest = printTypedDigest(image.digest);
    remarkNotKept(context, image.notKept);
    if (file === '-') {
      await context.stdout(image.bytes);
      context.remark(digest);
      return 'done';
    }
    writeImage(file, image.bytes);
    await printResult(context, options.printDigest ? image.digest.digest : digest, {
      file,
      digest,
      bytes: image.bytes.length,
      notKept: documentOfNotKept(image.notKept),
    });
    return 'done';
  },
});

function outputOf({ file, output }: { file: string | undefined; output: string | undefined }) {
  const [only, other] = [file, output].filter((one) => one !== undefined);
  if (only === undefined)
    throw new RootsealError('USAGE', 'image create needs --output FILE', {
      hint: '`rootseal help image create` says how it is used',
    });
  if (other === undefined) return only;
  throw new RootsealError('USAGE', 'image create: FILE and --output exclude each other');
}

/** Standard output holds the image, and nothing else. */
function refuseOutput(context: Context, options: { printDigest: boolean }): void {
  if (options.printDigest || context.json)
    throw new RootsealError('USAGE', 'the image and its digest cannot both go to standard output');
  if (context.stdoutIsTerminal)
    throw new RootsealError('USAGE', 'an image is not for a terminal', { hint: 'name a file' });
}

async function parseSource(text: string, isDump: boolean): Promise<TreeSource> {
  const { parseTreeSource } = await import('../../../repo/source/source.js');
  return isDump ? { kind: 'dump', path: text } : parseTreeSource(text);
}
