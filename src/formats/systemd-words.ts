/** Words of a line in files of systemd: blanks between them, quotes around them (systemd 257, `extract_first_word`). */

const WORD = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g;

/** None for a comment. Of escapes `\x20` and a backslash before a character are known, which is what is in use. */
export function systemdWords(line: string): string[] {
  if (/^\s*[#;]/.test(line)) return [];
  return [...line.matchAll(WORD)].map(([, double, single, bare]) =>
    (double ?? single ?? bare ?? '').replace(
      /\\(?:x([0-9a-fA-F]{2})|(.))/g,
      (_, hex: string | undefined, character: string | undefined) =>
        hex === undefined ? (character ?? '') : String.fromCharCode(parseInt(hex, 16)),
    ),
  );
}
