/**
 * Options of one letter, as getopt(3) reads them: switches may be written together, and the last letter of a word may be an option
 * with its value attached, or in the next word: `-n5`, `-n 5`, `-qvn5`. A `=` before an attached value is taken off: `-n=5`.
 */
import type { DeclaredOption } from './declared.js';

/** What a word of letters says, in the words of long options; an option at the end may wait for the next word. */
export interface LongForm {
  readonly name: string;
  /** Undefined for a switch, and for an option whose value is the next word. */
  readonly value?: string;
}

/** Whether a word is made of options of one letter. `-5` is none, but may be a value. */
export function isShortWord(word: string): boolean {
  return /^-[^-\d]/.test(word);
}

/** What a word says, up to the first letter that is wrong. */
export interface ReadShortWord {
  readonly forms: readonly LongForm[];
  /** What is wrong. */
  readonly problem?: string;
}

/** @param word for which `isShortWord` holds */
export function readShortWord(word: string, options: readonly DeclaredOption[]): ReadShortWord {
  const forms: LongForm[] = [];
  const letters = word.slice(1);
  // Of `-branch`, nobody means the branch "ranch".
  if (letters.length > 1 && options.some(({ name }) => name === letters))
    return { forms, problem: `unknown option ${word}; did you mean -${word}?` };
  for (let rest = letters; rest !== '';) {
    const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    rest = rest.slice(letter.length);
    const option = options.find(({ alias }) => alias === letter);
    if (option === undefined) return { forms, problem: `unknown option -${letter}` };
    const { name, type } = option;
    if (type !== 'boolean') {
      forms.push(rest === '' ? { name } : { name, value: rest.replace(/^=/, '') });
      break;
    }
    if (/^[^A-Za-z]/.test(rest)) return { forms, problem: `-${letter} takes no value` };
    forms.push({ name });
  }
  return { forms };
}
