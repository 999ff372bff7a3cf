/** Columns of text, each as wide as its widest cell. */

/** Which side a column's cells are padded on; the last column is never padded. */
export type Alignment = 'left' | 'right';

export function formatTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows
    .map(
      (row) =>
        `${row.map((cell, index) => pad(cell, index, row.length, { widths, alignments })).join('  ')}\n`,
    )
    .join('');
}

interface Columns {
  readonly widths: readonly number[];
  readonly alignments: readonly Alignment[];
}

function pad(cell: string, index: number, count: number, { widths, alignments }: Columns): string {
  const width = widths[index] ?? 0;
  if (alignments[index] === 'right') return cell.padStart(width);
  return index === count - 1 ? cell : cell.padEnd(width);
}
