/** How long ago something was, in the largest unit that says enough. */

const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/**
 * `3 hours ago`
 * @param time RFC 3339
 * @param now seconds since 1970
 */
export function age(time: string, now: number): string {
  const seconds = Math.max(0, Math.floor(now - Date.parse(time) / 1000));
  for (const [name, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
