/** Reads a file's content while its object may still be in the write session. */
import fs from 'node:fs';
import path from 'node:path';
import type { RegularFile } from '../formats/tree/model.js';
import { objectPath } from '../util/digest.js';
import { readSmallFile } from './durable.js';
import type { WriteSession } from './write-session.js';

/** At most `limit` bytes; empty when there is no content. */
export function readStagedContent(
  session: WriteSession,
  file: RegularFile,
  limit: number,
): Uint8Array {
  if (file.inline !== undefined) return file.inline;
  if (file.digest === undefined) return new Uint8Array();
  const staged = session.staging.file(file.digest);
  const stored = path.join(session.target.objectsDir, objectPath(file.digest));
  return readSmallFile(fs.existsSync(staged) ? staged : stored, limit) ?? new Uint8Array();
}
