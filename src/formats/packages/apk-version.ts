/**
 * Alpine's order of versions (apk-package(5), "Package version": `digits{.digits}…{letter}{_suffix{number}}…{~hash}{-r#}`;
 * apk-tools 3.0).
 */
import { compareNumerals, compareUnits } from './numerals.js';

/** What a part of a version is. Of two versions that agree so far and go on differently, the one with the smaller kind is newer. */
const Kind = {
  First: 0,
  Number: 1,
  Letter: 2,
  Suffix: 3,
  SuffixNumber: 4,
  Hash: 5,
  Revision: 6,
  End: 7,
  Invalid: 8,
} as const;
type Kind = (typeof Kind)[keyof typeof Kind];

interface Part {
  readonly kind: Kind;
  /** Digits, the letter, the suffix or the hash, without what marks it. */
  readonly text: string;
}

/** As `apk version --test`; takes any text: what cannot be read is older than nothing. */
export function compareApkVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (;;) {
    const one = left.next().value ?? END;
    const other = right.next().value ?? END;
    if (one.kind !== other.kind) return compareKinds(one, other);
    if (one.kind >= Kind.End) return 0;
    const order = compareAlike(one, other);
    if (order !== 0) return order;
  }
}

const END: Part = { kind: Kind.End, text: '' };
const INVALID: Part = { kind: Kind.Invalid, text: '' };

/** Suffixes of versions before the release, and of those after it, from old to new. */
const BEFORE = ['alpha', 'beta', 'pre', 'rc'];
const AFTER = ['cvs', 'svn', 'git', 'hg', 'p'];
const SUFFIXES = [...BEFORE, ...AFTER];

/** The parts that may follow, each with its mark and the last kind that it may follow. */
const FOLLOWING: readonly { kind: Kind; pattern: RegExp; after: (last: Kind) => boolean }[] = [
  { kind: Kind.Number, pattern: /\.([0-9]+)/y, after: (last) => last <= Kind.Number },
  { kind: Kind.Letter, pattern: /([a-z])/y, after: (last) => last <= Kind.Number },
  { kind: Kind.Suffix, pattern: /_([a-z]+)/y, after: (last) => last <= Kind.SuffixNumber },
  { kind: Kind.SuffixNumber, pattern: /([0-9]+)/y, after: (last) => last === Kind.Suffix },
  { kind: Kind.Hash, pattern: /~([0-9a-f]+)/y, after: (last) => last < Kind.Hash },
  { kind: Kind.Revision, pattern: /-r([0-9]+)/y, after: (last) => last < Kind.Revision },
];

function* partsOf(version: string): Generator<Part, void, undefined> {
  const first = /^[0-9]+/.exec(version);
  if (first === null) return yield INVALID;
  yield { kind: Kind.First, text: first[0] };
  let last: Kind = Kind.First;
  for (let at = first[0].length; at < version.length;) {
    const found = partAt(version, at, last);
    if (found === undefined) return yield INVALID;
    yield found.part;
    last = found.part.kind;
    at = found.end;
  }
}

function partAt(
  version: string,
  start: number,
  last: Kind,
): { part: Part; end: number } | undefined {
  for (const { kind, pattern, after } of FOLLOWING) {
    if (!after(last)) continue;
    pattern.lastIndex = start;
    const text = pattern.exec(version)?.[1];
    if (text === undefined) continue;
    if (kind === Kind.Suffix && !SUFFIXES.includes(text)) return undefined;
    return { part: { kind, text }, end: pattern.lastIndex };
  }
  return undefined;
}

function compareKinds(a: Part, b: Part): number {
  if (isBefore(a)) return -1;
  if (isBefore(b)) return 1;
  return b.kind - a.kind;
}

function isBefore({ kind, text }: Part): boolean {
  return kind === Kind.Suffix && BEFORE.includes(text);
}

function compareAlike(a: Part, b: Part): number {
  if (a.kind === Kind.Suffix) return SUFFIXES.indexOf(a.text) - SUFFIXES.indexOf(b.text);
  const isText = a.kind === Kind.Letter || a.kind === Kind.Hash;
  // A number with a leading zero is a fraction: 1.02 is older than 1.1.
  const isFraction = a.kind === Kind.Number && (a.text.startsWith('0') || b.text.startsWith('0'));
  return (isText || isFraction ? compareUnits : compareNumerals)(a.text, b.text);
}
