/** Text for a screen of 80 columns. */

export const SCREEN_WIDTH = 80;

/**
 * Breaks a text between words. White space of any kind counts as one blank; a word that is longer than a line stays whole.
 * @param width columns of a line
 * @returns at least one line
 */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** One line of at most `width` columns; `…` stands for the rest. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
