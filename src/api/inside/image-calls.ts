/** Images without a repository. */
import { printTypedDigest } from '../../formats/digest-text.js';
import { digestOfImageFile, makeImage, writeImage } from '../../repo/image/make.js';
import { readImageFile } from '../../repo/image/image-file.js';
import { noProgress } from '../../util/progress.js';
import type { CallOptions } from '../call-options.js';
import type { HashAlgorithm, ImageRequest, MadeImage } from '../made-images.js';
import type { Tree } from '../tree-entries.js';
import { call } from './run-call.js';
import { namedSource, optionalSeconds } from './requested-facts.js';
import { TreeView } from './tree-view.js';

export function make(request: ImageRequest): Promise<MadeImage> {
  return call(request, async (signal) => {
    const { bytes, digest, notKept } = await makeImage({
      ...namedSource(request.source),
      algorithm: request.algorithm ?? 'sha256',
      formatVersion: request.formatVersion ?? 1,
      digestStore: request.objects,
      xattrs: request.xattrs ?? 'all',
      clampMtime: optionalSeconds('clampMtime', request.clampMtime),
      progress: request.onProgress ?? noProgress,
      signal,
    });
    if (request.file !== undefined) writeImage(request.file, bytes);
    return { digest: printTypedDigest(digest), bytes, notKept };
  });
}

export function digest(
  file: string,
  options: CallOptions & { readonly algorithm?: HashAlgorithm | undefined },
): Promise<string> {
  return call(options, async (signal) =>
    printTypedDigest(await digestOfImageFile(file, options.algorithm ?? 'sha256', signal)),
  );
}

export function read(file: string, options: CallOptions): Promise<Tree> {
  return call(options, async (signal) => new TreeView((await readImageFile(file, signal)).tree));
}
