/** Differences between two texts, as `diff -u` writes them (POSIX.1-2024, diff, "Diff -u or -U Output Format"). */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Longest file that is compared line by line, in bytes. */
export const TEXT_MAX = 256 * 1024;
/** Lines that may differ; finding more takes too long. */
const EDITS_MAX = 4000;
const CONTEXT_LINES = 3;
const NOWHERE = '/dev/null';

/** Why there is no text: one file is none, or they are too long or too different. */
export type Undiffable = 'binary' | 'large';

export type TextDiff = { readonly diff: string } | { readonly undiffable: Undiffable };

/**
 * @param path shown as the name of both
 * @param before undefined when there is no file
 */
export function diffTexts(
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): TextDiff {
  const from = decode(before);
  const to = decode(after);
  if (from === undefined || to === undefined) return { undiffable: 'binary' };
  const [oldName, newName] = [nameOf(path, before), nameOf(path, after)];
  const diff = createTwoFilesPatch(oldName, newName, from, to, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: EDITS_MAX,
    headerOptions: FILE_HEADERS_ONLY,
  });
  return diff === undefined ? { undiffable: 'large' } : { diff };
}

function nameOf(path: string, content: Uint8Array | undefined): string {
  return content === undefined ? NOWHERE : path;
}

/** Undefined for what is not UTF-8 or has NUL bytes. */
function decode(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return '';
  if (content.includes(0)) return undefined;
  const text = Buffer.from(content).toString('utf8');
  return Buffer.from(text, 'utf8').equals(content) ? text : undefined;
}
