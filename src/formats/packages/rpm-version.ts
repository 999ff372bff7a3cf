/** rpm's order of versions (rpm-version(7), "Version comparison"; rpm 4.18). */
import { splitEvr } from './evr.js';
import { compareNumerals, compareUnits } from './numerals.js';

/** Compares epochs, versions and releases, in this order; takes any text. */
export function compareRpmVersions(a: string, b: string): number {
  const left = splitEvr(a);
  const right = splitEvr(b);
  return (
    compareNumerals(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareReleases(left.release, right.release)
  );
}

/** A package always has a release; a text without one is older than the same with one. */
function compareReleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareSegments(a, b);
}

/** A number, a word, a tilde or a caret; whatever is between them only separates. */
const SEGMENT = /[0-9]+|[A-Za-z]+|[~^]/g;

/**
 * Of two segments that differ: a tilde is older than anything, also than the end; a caret is newer than the end and older than
 * anything else; a number is newer than a word; a word is newer than the end.
 */
function compareSegments(a: string, b: string): number {
  const segmentsA = a.match(SEGMENT) ?? [];
  const segmentsB = b.match(SEGMENT) ?? [];
  const count = Math.max(segmentsA.length, segmentsB.length);
  for (let index = 0; index < count; index++) {
    const left = segmentsA[index] ?? '';
    const right = segmentsB[index] ?? '';
    const order = rankOf(left) - rankOf(right) || compareAlike(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function rankOf(segment: string): number {
  if (segment === '~') return 0;
  if (segment === '') return 1;
  if (segment === '^') return 2;
  return /^[0-9]/.test(segment) ? 4 : 3;
}

function compareAlike(a: string, b: string): number {
  return /^[0-9]/.test(a) ? compareNumerals(a, b) : compareUnits(a, b);
}
