/** The decision of the merge of `/etc` for one path: whose state of it holds (docs/formats/sysroot.md, "/etc"). */
import type { EtcRuleKind } from '../../formats/etc-rules.js';

/** What both the machine and the image changed, in different ways. */
export type EtcConflictKind = 'both-changed' | 'type' | 'deleted';

/** The states of one path; undefined where it is not there. */
export interface Sides<T> {
  /** In the old image. */
  readonly base: T | undefined;
  /** On the machine. */
  readonly mine: T | undefined;
  /** In the new image. */
  readonly theirs: T | undefined;
}

export interface Decision {
  readonly take: 'mine' | 'theirs';
  readonly conflict?: EtcConflictKind;
  /** Whether a rule took the image's although it was changed here. */
  readonly replaced?: true;
}

/** @param same whether two states are the same; two absent ones are */
export function decide<T extends { readonly kind: string }>(
  { base, mine, theirs }: Sides<T>,
  rule: EtcRuleKind | undefined,
  same: (a: T | undefined, b: T | undefined) => boolean,
): Decision {
  const isKnownHere = base !== undefined || mine !== undefined;
  if (rule === 'keep') return { take: isKnownHere ? 'mine' : 'theirs' };
  const isChangedHere = !same(base, mine);
  if (rule === 'image') {
    const replaced = isChangedHere && !same(mine, theirs);
    return replaced ? { take: 'theirs', replaced } : { take: 'theirs' };
  }
  if (!isChangedHere) return { take: 'theirs' };
  if (same(mine, theirs) || same(base, theirs)) return { take: 'mine' };
  return { take: 'mine', conflict: conflictKind(mine, theirs) };
}

function conflictKind<T extends { readonly kind: string }>(
  mine: T | undefined,
  theirs: T | undefined,
): EtcConflictKind {
  if (mine === undefined) return 'deleted';
  return theirs !== undefined && mine.kind !== theirs.kind ? 'type' : 'both-changed';
}
