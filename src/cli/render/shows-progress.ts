/** Whether progress is shown at all; apart from how, which takes a while to load. */

/** Whether there is somebody to look, on a terminal that can write a line over. */
export function showsProgress(where: {
  readonly isTerminal: boolean;
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): boolean {
  return where.isTerminal && !where.quiet && where.env['TERM'] !== 'dumb';
}
