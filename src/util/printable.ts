/**
 * Text that others made, as it may reach a terminal, a log or a line of a message: file names, error texts of parsers,
 * what remotes, records and programs say. A terminal obeys control characters; format characters (bidirectional controls,
 * characters of no width) and line separators make it show another text than the one that is there.
 *
 * What is not shown is written as the bytes of its UTF-8 form, `\xHH`. `src/util/streams.ts` and `src/deploy/journal/journal-entry.ts`
 * apply this where text leaves the program, whoever made it.
 */

/** Unicode general categories Cc, Cf, Zl, Zp, and surrogates without their other half. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;
/** The same, but for what lays out a text of several lines. */
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;
/** Most text is this, which is told quickly. */
const PLAIN_LINES = /^[\x20-\x7e\n\t]*$/;

/** Text of several lines: line feeds and tabs stay. */
export function printable(text: string): string {
  return PLAIN_LINES.test(text) ? text : text.replace(HIDDEN_IN_LINES, escapeCharacter);
}

/** Text in one line: line breaks and tabs become a space. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*[\r\n]\s*|\t/g, ' ').trim());
}

/** A document in one line, in which nothing is hidden either: what would be is written as `\uHHHH`, so it stays the same JSON. */
export function printableJson(document: unknown): string {
  return JSON.stringify(document).replace(HIDDEN, (character) =>
    [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Whether a text has something that is not shown. */
export function hidesSomething(text: string): boolean {
  return text.search(HIDDEN) >= 0;
}

/** `\xHH` for each byte of a character's UTF-8 form. */
export function escapeCharacter(character: string): string {
  return [...Buffer.from(character, 'utf8')]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');
}
