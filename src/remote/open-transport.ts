/** Which transport reads the files of a URL: that of directories or that of HTTP. */
import { directoryTransport } from './directory-transport.js';
import { httpTransport } from './http-transport.js';
import { parseLocation } from './location.js';
import type { Transport } from './transport.js';

/** @param url one without a `locationProblem` */
export function openTransport(
  url: string,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly say?: ((line: string) => void) | undefined;
  } = {},
): Transport {
  const location = parseLocation(url);
  return location.kind === 'directory'
    ? directoryTransport(location.path, options.signal)
    : httpTransport(location.base, options);
}
