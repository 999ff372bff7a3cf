/** Differences of `/etc` for people. */
import type { EtcChange } from '../../deploy/etc/host-edits.js';
import type { EtcDiffDocument } from '../../deploy/etc/of-sysroot.js';
import type { Paint, Style } from './color.js';

const UNDIFFABLE = {
  binary: 'not a text: not shown',
  large: 'too long or too different: not shown',
} as const;

/** A line for each path, with the lines that differ below it; then conflicts, and what rules replace. */
export function renderEtcDiff(paint: Paint, { changes, merge }: EtcDiffDocument): string {
  const lines = changes.flatMap((change) => [
    describeChange(change),
    ...describeContent(paint, change),
  ]);
  if (merge !== null) {
    for (const { path, detail } of merge.conflicts)
      lines.push(paint('bad', `conflict: ${path}: ${detail}`));
    for (const path of merge.replaced)
      lines.push(`replaced: ${path}: a rule takes that of the new image`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function describeChange({ kind, path, what }: EtcChange): string {
  return what.length === 0 ? `${kind} ${path}` : `${kind} ${path} (${what.join(', ')})`;
}

function describeContent(paint: Paint, { diff, undiffable }: EtcChange): string[] {
  if (undiffable !== undefined) return [`    ${UNDIFFABLE[undiffable]}`];
  if (diff === undefined) return [];
  return diff
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const style = styleOf(line);
      const text = `    ${line}`;
      return style === undefined ? text : paint(style, text);
    });
}

function styleOf(line: string): Style | undefined {
  if (line.startsWith('@@')) return 'title';
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'bad' : undefined;
}
