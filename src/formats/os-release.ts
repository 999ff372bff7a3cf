/**
 * os-release files: what an operating system calls itself (os-release(5), systemd 257).
 *
 * Lines are shell assignments. As its readers do, a line that is none is passed over: a tree with a sloppy file is
 * still a tree.
 */
import { decodeUtf8 } from '../util/canonical-json.js';
import { FormatError } from '../util/errors.js';
import { FREE_TEXT_MAX, freeTextProblem } from './commit/fields.js';

/** The facts of an os-release file that a commit records. */
export interface OsRelease {
  /** `ID`; `linux` when the file does not say. */
  readonly id: string;
  /** `VERSION_ID` */
  readonly versionId?: string;
  /** `PRETTY_NAME` */
  readonly prettyName?: string;
}

/** Longest os-release file, in bytes. */
export const OS_RELEASE_MAX = 64 * 1024;

/**
 * Parses an os-release file. Of repeated assignments the last counts; empty values and values with control
 * characters count as absent.
 *
 * @throws {FormatError} when the file is longer than `OS_RELEASE_MAX` or not UTF-8
 */
export function parseOsRelease(bytes: Uint8Array): OsRelease {
  if (bytes.length > OS_RELEASE_MAX)
    throw new FormatError('os-release', `${bytes.length} bytes, more than ${OS_RELEASE_MAX}`);
  const values = new Map<string, string>();
  for (const line of decodeUtf8(bytes, 'os-release').split('\n')) {
    const assignment = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (assignment?.[1] === undefined || assignment[2] === undefined) continue;
    const value = unquote(assignment[2]);
    if (value !== undefined) values.set(assignment[1], value);
  }
  const id = usable(values.get('ID'));
  const versionId = usable(values.get('VERSION_ID'));
  const prettyName = usable(values.get('PRETTY_NAME'));
  return {
    id: id ?? 'linux',
    ...(versionId === undefined ? {} : { versionId }),
    ...(prettyName === undefined ? {} : { prettyName }),
  };
}

function usable(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value.length > FREE_TEXT_MAX) return undefined;
  return freeTextProblem(value) === undefined ? value : undefined;
}

/** The value of one shell word, or nothing when the rest of the line is not exactly one word. */
function unquote(raw: string): string | undefined {
  const source = raw.trimEnd();
  let value = '';
  let position = 0;
  while (position < source.length) {
    const part = nextPart(source, position);
    if (part === undefined) return undefined;
    value += part.value;
    position = part.end;
  }
  return value;
}

interface Part {
  readonly value: string;
  readonly end: number;
}

function nextPart(source: string, start: number): Part | undefined {
  const first = source[start];
  if (first === "'") {
    const end = source.indexOf("'", start + 1);
    return end < 0 ? undefined : { value: source.slice(start + 1, end), end: end + 1 };
  }
  if (first === '"') return doubleQuoted(source, start + 1);
  if (first === '\\') {
    const next = source[start + 1];
    return next === undefined ? undefined : { value: next, end: start + 2 };
  }
  return first === undefined || /[\s;&|<>()$`]/.test(first)
    ? undefined
    : { value: first, end: start + 1 };
}

/** Between double quotes a backslash protects only `$`, a backquote, `"` and itself. */
function doubleQuoted(source: string, start: number): Part | undefined {
  let value = '';
  for (let index = start; index < source.length; index++) {
    const character = source[index] ?? '';
    if (character === '"') return { value, end: index + 1 };
    if (character === '\\' && /^[$`"\\]$/.test(source[index + 1] ?? '')) {
      index++;
      value += source[index] ?? '';
    } else {
      value += character;
    }
  }
  return undefined;
}
