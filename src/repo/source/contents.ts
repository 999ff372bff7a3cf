/**
 * Settles the contents of a tree that came with digests instead of contents (a dump or an image): what it names must be
 * in the object store, and what it carries itself is stored by the inlining rule.
 */
import type { RegularFile, Tree } from '../../formats/tree/model.js';
import { walk } from '../../formats/tree/walk.js';
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import { objectPath, type Digest } from '../../util/digest.js';
import { RootsealError } from '../../util/errors.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import { readObject } from '../objects.js';
import type { Repository } from '../repository.js';
import type { WriteSession } from '../write-session.js';
import type { IngestTotals } from './ingest.js';

/** @throws {RootsealError} OBJECT_NOT_FOUND for the first file whose content is not to be had */
export async function settleContents(
  tree: Tree,
  repository: Repository,
  session: WriteSession,
): Promise<IngestTotals> {
  const totals: IngestTotals = { newBytes: 0, newObjects: 0, sharedBytes: 0 };
  for (const { path, entry } of walk(tree)) {
    if (entry.kind !== 'file') continue;
    if (entry.size === 0) setContent(entry, undefined, undefined);
    else if (entry.inline !== undefined) settleInline(entry, entry.inline, session, totals);
    else await settleExternal(entry, path, { repository, session, totals });
  }
  return totals;
}

function settleInline(
  file: RegularFile,
  content: Uint8Array,
  session: WriteSession,
  totals: IngestTotals,
): void {
  if (file.size <= INLINE_CONTENT_MAX) {
    setContent(file, content, undefined);
    return;
  }
  const { digest, isNew } = session.addBytes(content);
  setContent(file, undefined, digest);
  if (isNew) {
    totals.newBytes += file.size;
    totals.newObjects++;
  } else totals.sharedBytes += file.size;
}

interface Stores {
  readonly repository: Repository;
  readonly session: WriteSession;
  readonly totals: IngestTotals;
}

async function settleExternal(
  file: RegularFile,
  path: ByteString,
  { repository, session, totals }: Stores,
): Promise<void> {
  const { digest } = file;
  if (digest === undefined || !session.has(digest, file.size)) {
    throw new RootsealError(
      'OBJECT_NOT_FOUND',
      `${toDisplay(path)}: object ${digest ?? '(no digest)'} of ${file.size} bytes is not in the repository`,
      {
        details: { path: toDisplay(path) },
        hint: 'a dump or an image names contents by digest: commit a directory or tar, or pull the objects first',
      },
    );
  }
  if (file.size <= INLINE_CONTENT_MAX)
    setContent(
      file,
      await readObject(repository, digest, { size: { exactly: file.size } }),
      undefined,
    );
  else {
    setContent(file, undefined, digest);
    totals.sharedBytes += file.size;
  }
}

function setContent(
  file: RegularFile,
  inline: Uint8Array | undefined,
  digest: Digest | undefined,
): void {
  file.inline = inline;
  file.digest = digest;
  file.payload = digest === undefined ? undefined : ascii(objectPath(digest));
}
