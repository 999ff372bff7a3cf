/** Debian's order of versions (deb-version(7), "Sorting algorithm"). */
import { compareNumerals } from './numerals.js';

/** As `dpkg --compare-versions`; takes any text. */
export function compareDebVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    compareNumerals(left.epoch, right.epoch) ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

interface DebVersion {
  readonly epoch: string;
  readonly upstream: string;
  /** Empty when there is none, which is as good as 0. */
  readonly revision: string;
}

/** `[EPOCH:]UPSTREAM[-REVISION]`; the revision is what follows the last hyphen. */
function split(version: string): DebVersion {
  const epoch = /^([0-9]*):/.exec(version);
  const rest = epoch === null ? version : version.slice(epoch[0].length);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: epoch?.[1] ?? '',
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/** In turns a piece without digits, compared by `weightOf`, and a number. */
function comparePart(a: string, b: string): number {
  const piecesA = piecesOf(a);
  const piecesB = piecesOf(b);
  const count = Math.max(piecesA.length, piecesB.length);
  for (let index = 0; index < count; index++) {
    const left = piecesA[index] ?? '';
    const right = piecesB[index] ?? '';
    const order = index % 2 === 0 ? compareText(left, right) : compareNumerals(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** Text, number, text, number, …: the text first, even when it is empty. */
function piecesOf(part: string): string[] {
  return [...part.matchAll(/([^0-9]*)([0-9]*)/g)].flatMap(([, text = '', number = '']) => [
    text,
    number,
  ]);
}

function compareText(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const order = weightOf(a[index]) - weightOf(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde sorts before everything, even the end; letters sort before all other characters. */
function weightOf(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
