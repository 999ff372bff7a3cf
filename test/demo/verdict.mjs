/** The last line of the demo, and its exit status. */

/** The demo did what it could, and could have done more on another machine. */
const SKIPPED = 3;

const AFTERWARDS = { complete: 'did all it set out to do', skipped: 'skipped' };
const BEFORE = { complete: 'would do all it sets out to do', skipped: 'would skip' };

/**
 * What only root can do is not a fault of a machine on which somebody else tries the demo. Everything else that was skipped is
 * something that this machine lacks, and nobody should take the demo for complete.
 *
 * @param {import('./parts.mjs').Skip[]} skipped
 * @param {{ before?: boolean }} when with `before` the demo did not run yet
 * @returns {{ line: string, status: number }}
 */
export function verdictOn(skipped, { before = false } = {}) {
  const words = before ? BEFORE : AFTERWARDS;
  if (skipped.length === 0) return { line: `The demo ${words.complete}.`, status: 0 };
  const count = skipped.length === 1 ? '1 part' : `${skipped.length} parts`;
  const list = skipped.map(({ part, reason }) => `${part} (${reason})`).join('; ');
  const status = skipped.every(({ onlyRoot }) => onlyRoot) ? 0 : SKIPPED;
  return { line: `The demo ${words.skipped} ${count}: ${list}.`, status };
}
