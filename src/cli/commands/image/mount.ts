/** `rootseal image mount REV|FILE DIR` and `rootseal image umount DIR` */
import fs from 'node:fs';
import type { Digest } from '../../../util/digest.js';
import { RootsealError } from '../../../util/errors.js';
import { defineCommand } from '../../command.js';
import { printResult, type Context } from '../../context.js';
import { openRepository, repositoryOption, withSharedLock } from '../../options.js';

export const mount = defineCommand({
  command: 'mount <image> <dir>',
  describe: 'mount a commit or an image file',
  doing: 'checking the image',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('image', {
        type: 'string',
        takes: 'REV|FILE',
        demandOption: true,
        describe: 'a commit; or a file: with --objects, or when it is image:FILE, /FILE or ./FILE',
      })
      .positional('dir', {
        type: 'string',
        takes: 'DIR',
        demandOption: true,
        describe: 'where to mount it',
      })
      .option('objects', {
        type: 'string',
        takes: 'DIR',
        describe: "directory with the file's objects (default: the repository's)",
      })
      .option('upper', {
        type: 'string',
        takes: 'DIR',
        describe: 'directory that receives the changes',
      })
      .option('work', {
        type: 'string',
        takes: 'DIR',
        describe: 'empty directory on the same file system as --upper',
      })
      .option('verity', {
        choices: ['on', 'off', 'auto'] as const,
        default: 'auto' as const,
        describe: 'have the kernel check contents; auto: where it can',
      }),
  run: async (context, options) => {
    const { mountImage } = await import('../../../repo/image/mount-image.js');
    const { dir, verity } = options;
    const writable = parseWritable(options.upper, options.work);
    const mounted = await withImage(context, options, (image) => ({
      ...mountImage({ ...image, target: dir, verity, writable }),
      ...(image.digest === undefined ? {} : { digest: image.digest }),
    }));
    if (!mounted.verity) context.remark(`the kernel does not check contents: ${mounted.reason}`);
    await printResult(context, '', documentOfMount(dir, mounted));
    return 'done';
  },
});

export const umount = defineCommand({
  command: 'umount <dir>',
  describe: 'unmount an image',
  builder: (yargs) =>
    yargs.positional('dir', {
      type: 'string',
      takes: 'DIR',
      demandOption: true,
      describe: 'where an image is mounted',
    }),
  run: async (context, options) => {
    const { unmountImage } = await import('../../../repo/image/mount-image.js');
    unmountImage(options.dir);
    await printResult(context, '', { changed: true, directory: options.dir });
    return 'done';
  },
});

interface OpenImage {
  readonly imageFd: number;
  readonly digest?: Digest;
  readonly objectsDir: string;
}

interface ImageName {
  readonly image: string;
  readonly objects: string | undefined;
  readonly repo: string | undefined;
}

/** Opens the image for as long as `action` runs. */
async function withImage<T>(
  context: Context,
  name: ImageName,
  action: (image: OpenImage) => T,
): Promise<T> {
  const file = /^(?:image:)(.+)$|^(\.{0,2}\/.*)$/s.exec(name.image);
  if (name.objects === undefined && file === null) return withCommit(context, name, action);
  const { objectsDirectory } = await import('../../../repo/objects.js');
  const objectsDir = name.objects ?? objectsDirectory(openRepository(context, name));
  return withFile(file?.[1] ?? name.image, (imageFd) => action({ imageFd, objectsDir }));
}

function withFile<T>(file: string, action: (fd: number) => T): T {
  const fd = fs.openSync(file, fs.constants.O_RDONLY);
  try {
    return action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The image's digest is checked on the very descriptor that is mounted. */
async function withCommit<T>(
  context: Context,
  name: ImageName,
  action: (image: OpenImage) => T,
): Promise<T> {
  const { resolveRevision } = await import('../../../repo/revision.js');
  const { readCommit } = await import('../../../repo/commits.js');
  const { imageOf, openImage } = await import('../../../repo/images.js');
  const { objectsDirectory } = await import('../../../repo/objects.js');
  const repository = openRepository(context, name);
  return withSharedLock(repository, async () => {
    const commit = readCommit(repository, resolveRevision(repository, name.image));
    const { digest } = imageOf(repository, commit);
    const { imageSize: size } = commit;
    const imageFd = await openImage(repository, digest, { size, signal: context.signal });
    try {
      const objectsDir = objectsDirectory(repository);
      return action({ imageFd, digest, objectsDir });
    } finally {
      fs.closeSync(imageFd);
    }
  });
}

function parseWritable(upper: string | undefined, work: string | undefined) {
  if (upper === undefined && work === undefined) return undefined;
  if (upper !== undefined && work !== undefined) return { upper, work };
  throw new RootsealError('USAGE', '--upper and --work go together');
}

function documentOfMount(
  directory: string,
  mounted: { readonly verity: boolean; readonly reason?: string; readonly digest?: Digest },
) {
  const { verity, reason = null, digest = null } = mounted;
  return { directory, verity, reason, digest };
}
