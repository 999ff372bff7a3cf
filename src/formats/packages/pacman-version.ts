/** pacman's order of versions (vercmp(8); pacman 6.0). */
import { splitEvr } from './evr.js';
import { compareNumerals, compareUnits } from './numerals.js';

/** Compares epochs, versions, and releases where both have one; takes any text. */
export function comparePacmanVersions(a: string, b: string): number {
  const left = splitEvr(a);
  const right = splitEvr(b);
  return (
    compareNumerals(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    (left.release === undefined || right.release === undefined
      ? 0
      : compareSegments(left.release, right.release))
  );
}

/** Separators, and the number or the word that follows them. */
const SEGMENT = /([^0-9A-Za-z]*)([0-9]+|[A-Za-z]+)/y;

/** More separators are newer than fewer, whichever they are; a number is newer than a word. */
function compareSegments(a: string, b: string): number {
  let atA = 0;
  let atB = 0;
  for (;;) {
    const left = segmentAt(a, atA);
    const right = segmentAt(b, atB);
    if (left === undefined || right === undefined) break;
    const order =
      left.separators - right.separators ||
      Number(left.isNumber) - Number(right.isNumber) ||
      (left.isNumber ? compareNumerals : compareUnits)(left.text, right.text);
    if (order !== 0) return order;
    atA = left.end;
    atB = right.end;
  }
  return compareRests(withoutSeparators(a, atA, b, atB), withoutSeparators(b, atB, a, atA));
}

interface Segment {
  readonly separators: number;
  readonly text: string;
  readonly isNumber: boolean;
  readonly end: number;
}

function segmentAt(text: string, start: number): Segment | undefined {
  SEGMENT.lastIndex = start;
  const found = SEGMENT.exec(text);
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return {
    separators: found[1].length,
    text: found[2],
    isNumber: /^[0-9]/.test(found[2]),
    end: SEGMENT.lastIndex,
  };
}

/** What is left of a text; separators are passed over only where the other text is not at its end yet. */
function withoutSeparators(text: string, start: number, other: string, otherStart: number): string {
  const rest = text.slice(start);
  return otherStart < other.length ? rest.replace(/^[^0-9A-Za-z]+/, '') : rest;
}

/** A word that is left over is older than nothing (1.0rc before 1.0), anything else is newer. */
function compareRests(a: string, b: string): number {
  if (a === '' && b === '') return 0;
  if (/^[A-Za-z]/.test(a)) return -1;
  return a === '' && !/^[A-Za-z]/.test(b) ? -1 : 1;
}
