/** Where in a tree the bytes changed: directories that make up much of it, each byte counted in one of them. */
import { ascii, type ByteString } from '../../util/bytes.js';
import type { FileChange } from './file-changes.js';

export interface ChangeArea {
  readonly path: ByteString;
  /** Other areas lie below it: it is what remains. */
  readonly isRest: boolean;
  readonly fileCount: number;
  readonly addedBytes: number;
  readonly modifiedBytes: number;
  readonly deletedBytes: number;
}

/** A directory is an area of its own when it has this part of all bytes. */
const OWN_SHARE = 0.05;
/** What remains of a directory beside its areas is told by itself from this part on; else it counts above. */
const REST_SHARE = 0.02;
/** Components of a path that are looked at: `/usr/lib/modules/6.12.117+deb13-cloud-amd64`. */
const DEPTH_MAX = 4;

interface Place {
  readonly path: ByteString;
  readonly children: Map<ByteString, Place>;
  readonly total: Sums;
}

interface Sums {
  fileCount: number;
  added: number;
  modified: number;
  deleted: number;
}

/** Largest first, and in byte order of path; what remains of the whole tree last. Empty when no content changed. */
export function findAreas(changes: readonly FileChange[]): ChangeArea[] {
  const root = newPlace(ascii('/'));
  for (const change of changes) if (change.kind !== 'attributes') addChange(root, change);
  const all = bytesOf(root.total);
  if (root.total.fileCount === 0) return [];
  const areas: ChangeArea[] = [];
  const { rest, hasOwn } = collect(root, areas, { all, depth: 0 });
  areas.sort((a, b) => areaBytes(b) - areaBytes(a) || (a.path < b.path ? -1 : 1));
  if (rest.fileCount > 0) areas.push(areaOf(root.path, hasOwn, rest));
  return areas;
}

/** All bytes of an area. */
export function areaBytes({ addedBytes, modifiedBytes, deletedBytes }: ChangeArea): number {
  return addedBytes + modifiedBytes + deletedBytes;
}

function addChange(root: Place, { path, kind, bytes }: FileChange): void {
  // The last component is the file.
  const parts = (path.split('/') as ByteString[]).slice(1, -1).slice(0, DEPTH_MAX);
  let place = root;
  count(place.total, kind, bytes);
  for (const part of parts) {
    let child = place.children.get(part);
    if (child === undefined) {
      child = newPlace(`${place.path === '/' ? '' : place.path}/${part}` as ByteString);
      place.children.set(part, child);
    }
    place = child;
    count(place.total, kind, bytes);
  }
}

function count(sums: Sums, kind: FileChange['kind'], bytes: number): void {
  sums.fileCount++;
  if (kind === 'added') sums.added += bytes;
  else if (kind === 'deleted') sums.deleted += bytes;
  else sums.modified += bytes;
}

function newPlace(path: ByteString): Place {
  return { path, children: new Map(), total: { fileCount: 0, added: 0, modified: 0, deleted: 0 } };
}

/** Puts the areas below a place into `areas`; what remains is for the caller. `addChange` bounds the depth. */
function collect(
  place: Place,
  areas: ChangeArea[],
  { all, depth }: { readonly all: number; readonly depth: number },
): { readonly rest: Sums; readonly hasOwn: boolean } {
  const rest = { ...place.total };
  let hasOwn = false;
  for (const child of place.children.values()) {
    if (bytesOf(child.total) < OWN_SHARE * all || bytesOf(child.total) === 0) continue;
    const below = collect(child, areas, { all, depth: depth + 1 });
    const isTold = below.rest.fileCount > 0 && bytesOf(below.rest) >= REST_SHARE * all;
    if (isTold) areas.push(areaOf(child.path, below.hasOwn, below.rest));
    const told = isTold ? child.total : minus(child.total, below.rest);
    subtract(rest, told);
    hasOwn ||= isTold || below.hasOwn;
  }
  return { rest, hasOwn };
}

function areaOf(path: ByteString, isRest: boolean, sums: Sums): ChangeArea {
  return {
    path,
    isRest,
    fileCount: sums.fileCount,
    addedBytes: sums.added,
    modifiedBytes: sums.modified,
    deletedBytes: sums.deleted,
  };
}

function bytesOf({ added, modified, deleted }: Sums): number {
  return added + modified + deleted;
}

function minus(a: Sums, b: Sums): Sums {
  const result = { ...a };
  subtract(result, b);
  return result;
}

function subtract(from: Sums, what: Sums): void {
  from.fileCount -= what.fileCount;
  from.added -= what.added;
  from.modified -= what.modified;
  from.deleted -= what.deleted;
}
