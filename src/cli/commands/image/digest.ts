/** `rootseal image digest SOURCE|FILE` */
import fs from 'node:fs';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { documentOfNotKept } from '../../documents/not-kept-facts.js';
import { remarkNotKept } from '../../render/not-kept-text.js';
import { imageOptions, imageRequest } from './options.js';

export const digest = defineCommand({
  command: 'digest <source>',
  describe: 'print the digest of an image file, or of the image that a tree would have',
  doing: 'reading the tree',
  usesThreads: true,
  builder: (yargs) =>
    imageOptions(yargs).positional('source', {
      type: 'string',
      takes: 'IMAGE|TREE',
      demandOption: true,
      describe: 'an image file, or a directory, tar:FILE, dump:FILE or image:FILE (encoded again)',
    }),
  run: async (context, options) => {
    const { digestOfImageFile, makeImage } = await import('../../../repo/image/make.js');
    const { parseTreeSource } = await import('../../../repo/source/source.js');
    const { printTypedDigest } = await import('../../../formats/digest-text.js');
    const source = parseTreeSource(options.source);
    const isImage =
      source.kind === 'directory' &&
      fs.statSync(source.path, { throwIfNoEntry: false })?.isFile() === true;
    const { digest: found, notKept } = isImage
      ? {
          digest: await digestOfImageFile(source.path, options.algorithm, context.signal),
          notKept: undefined,
        }
      : await makeImage(imageRequest(context, source, options));
    const typed = printTypedDigest(found);
    remarkNotKept(context, notKept);
    await printResult(context, options.printDigest ? found.digest : typed, {
      digest: typed,
      notKept: documentOfNotKept(notKept),
    });
    return 'done';
  },
});
