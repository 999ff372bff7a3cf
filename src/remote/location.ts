/** What a remote's URL may be. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const URL_MAX = 2048;

/** A directory of this machine, or a place that HTTP leads to. */
export type Location =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'http'; readonly base: URL };

/** Says what is wrong with a URL, or nothing. */
export function locationProblem(url: string): string | undefined {
  if (url.length > URL_MAX) return `the URL is longer than ${URL_MAX} characters`;
  if (/[\p{Cc}\s]/u.test(url)) return 'the URL contains white space or a control character';
  return parse(url) === undefined
    ? 'the URL is an absolute path, or begins with file://, http:// or https://, and holds no user name, password, ? or #'
    : undefined;
}

/** @throws {TypeError} when the URL has a `locationProblem` */
export function parseLocation(url: string): Location {
  const location = locationProblem(url) === undefined ? parse(url) : undefined;
  if (location === undefined) throw new TypeError('a URL that was not checked');
  return location;
}

function parse(url: string): Location | undefined {
  if (url.startsWith('/')) return { kind: 'directory', path: path.normalize(url) };
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (/[?#]/.test(url)) return undefined;
  if (parsed.protocol === 'file:' && parsed.host === '') return fileLocation(parsed);
  const isHttp = parsed.protocol === 'http:' || parsed.protocol === 'https:';
  if (!isHttp || parsed.username !== '' || parsed.password !== '') return undefined;
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return { kind: 'http', base: parsed };
}

/** Undefined for a path with an encoded slash or zero, which no path can have. */
function fileLocation(url: URL): Location | undefined {
  if (/%(?:2f|00)/i.test(url.pathname)) return undefined;
  try {
    return { kind: 'directory', path: fileURLToPath(url) };
  } catch (error) {
    // The escapes are not UTF-8.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
