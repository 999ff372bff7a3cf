/** Grammar of the strings that commits and seals share (docs/formats/commit.md, "Fields"). */
import { isIntegerIn } from '../../util/checks.js';

/** Longest commit name, in bytes. It is part of file names, which may have 255. */
export const COMMIT_NAME_MAX = 128;
/** Longest version and longest label key, in bytes. */
export const VERSION_MAX = 255;
/** Longest free text (a title, a URL, a label's value), in UTF-16 units. */
export const FREE_TEXT_MAX = 4096;
/** Longest message, in UTF-16 units. */
export const MESSAGE_MAX = 65_536;

/** 9999-12-31T23:59:59Z, the last time that RFC 3339 can write, in seconds since 1970. */
export const LATEST_TIME = 253_402_300_799;

/** Says what is wrong with a commit name, or nothing when it is good. */
export function commitNameProblem(name: string): string | undefined {
  if (name.length === 0) return 'the name is empty';
  if (name.length > COMMIT_NAME_MAX)
    return `the name has ${name.length} characters, more than ${COMMIT_NAME_MAX}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._~-]*$/.test(name))
    return 'a name consists of ASCII letters, digits, ".", "_", "~" and "-" and starts with a letter or digit';
  return undefined;
}

/** Says what is wrong with a version, or nothing when it is good. */
export function versionProblem(version: string): string | undefined {
  if (version.length === 0) return 'the version is empty';
  if (version.length > VERSION_MAX)
    return `the version has ${version.length} characters, more than ${VERSION_MAX}`;
  if (!/^[\x21-\x7e]*$/.test(version))
    return 'a version consists of printable ASCII characters without spaces';
  return undefined;
}

/** Says what is wrong with a label's key, or nothing when it is good. */
export function labelKeyProblem(key: string): string | undefined {
  if (key.length === 0) return 'a label key is empty';
  if (key.length > VERSION_MAX)
    return `a label key has ${key.length} characters, more than ${VERSION_MAX}`;
  if (!/^[\x21-\x3c\x3e-\x7e]*$/.test(key))
    return 'a label key consists of printable ASCII characters without spaces and "="';
  return undefined;
}

/** Says what is wrong with text for people, or nothing when it is good. Controls could deceive on a terminal. */
export function freeTextProblem(text: string): string | undefined {
  if (text.length > FREE_TEXT_MAX)
    return `the text has ${text.length} characters, more than ${FREE_TEXT_MAX}`;
  if (/[\p{Cc}\p{Surrogate}]/u.test(text)) return 'the text contains a control character';
  return undefined;
}

/** Says what is wrong with a commit message, or nothing when it is good. It may have several lines. */
export function messageProblem(message: string): string | undefined {
  if (message.length > MESSAGE_MAX)
    return `the message has ${message.length} characters, more than ${MESSAGE_MAX}`;
  if (message.trim() === '') return 'the message is empty';
  if (/[\p{Cc}\p{Surrogate}]/u.test(message.replaceAll('\n', '')))
    return 'the message contains a control character other than a line feed';
  return undefined;
}

/** What somebody asks a commit to say; undefined for what is left to rootseal. */
export interface AskedFacts {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Blanks at its end do not count. */
  readonly message?: string | undefined;
  readonly sequence?: number | undefined;
}

/** The first field that no commit can hold, and what is wrong with it; undefined when all are good. */
export function askedFactsProblem({
  name,
  version,
  message,
  sequence,
}: AskedFacts): { readonly field: keyof AskedFacts; readonly problem: string } | undefined {
  const problems = {
    name: name === undefined ? undefined : commitNameProblem(name),
    version: version === undefined ? undefined : versionProblem(version),
    message: message === undefined ? undefined : messageProblem(message.trimEnd()),
    sequence:
      sequence === undefined || isIntegerIn(sequence, 0, Number.MAX_SAFE_INTEGER)
        ? undefined
        : 'expected a whole number from 0 to 2^53-1',
  };
  for (const field of ['name', 'version', 'message', 'sequence'] as const) {
    const problem = problems[field];
    if (problem !== undefined) return { field, problem };
  }
  return undefined;
}
