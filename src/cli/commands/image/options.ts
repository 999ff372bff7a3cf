/** Options of the commands that make images. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { ImageRequest } from '../../../repo/image/make.js';
import type { TreeSource } from '../../../repo/source/source.js';
import type { Context } from '../../context.js';
import { parseTime } from '../../options.js';

/** What decides the bytes of an image, besides the tree. */
export function imageOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('format-version', {
      // Else 0 and 1 would be numbers.
      type: 'string',
      choices: ['0', '1', 'auto'] as const,
      default: '1' as const,
      describe: 'version of the image format; auto: 0, and 1 for a tree with whiteouts',
    })
    .option('algorithm', {
      choices: ['sha256', 'sha512'] as const,
      default: 'sha256' as const,
      describe: 'hash of all digests',
    })
    .option('as-mkcomposefs', {
      type: 'boolean',
      default: false,
      describe: 'scan a directory as mkcomposefs does: nanoseconds, and every name its own inode',
    })
    .option('xattrs', {
      choices: ['all', 'user', 'security', 'none'] as const,
      default: 'all' as const,
      describe: 'which extended attributes to take',
    })
    .option('clamp-mtime', {
      type: 'string',
      takes: 'TIME',
      describe: 'make no file newer than this time',
    })
    .option('print-digest', {
      type: 'boolean',
      default: false,
      describe: 'print the digest as bare hexadecimal digits',
    });
}

type ImageOptions = ArgumentsCamelCase<
  ReturnType<typeof imageOptions> extends Argv<infer O> ? O : never
>;

/** The request that these options make. */
export function imageRequest(
  context: Context,
  source: TreeSource,
  options: ImageOptions,
): ImageRequest {
  const { formatVersion, algorithm, asMkcomposefs, xattrs, clampMtime } = options;
  return {
    source,
    algorithm,
    formatVersion: formatVersion === 'auto' ? 'auto' : formatVersion === '0' ? 0 : 1,
    asMkcomposefs,
    xattrs,
    clampMtime: clampMtime === undefined ? undefined : parseTime('--clamp-mtime', clampMtime),
    progress: context.progress,
    signal: context.signal,
  };
}
