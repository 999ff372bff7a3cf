/** Times and sequences for people. */

/** `2026-11-25 03:12 UTC` of RFC 3339 in UTC. */
export function shortTime(time: string): string {
  return time.replace(/^(\S{10})T(\S{5}).*$/, '$1 $2 UTC');
}

/** Sequences in this range are seconds since 1970, as `commit` gives them: the years 2001 to 2096. */
const DATES = [1_000_000_000, 4_000_000_000] as const;

/** `2026-11-23` of a sequence that is a time; undefined of others, which only count. */
export function dateOfSequence(sequence: number): string | undefined {
  if (sequence < DATES[0] || sequence >= DATES[1]) return undefined;
  return new Date(sequence * 1000).toISOString().slice(0, 10);
}
