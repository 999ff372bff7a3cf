/** How files of another repository are read: from a directory, or by HTTP. */
import { parseLocation } from './location.js';
import { directoryTransport } from './directory.js';
import { httpTransport } from './http.js';

/** Content of a file from `offset` on. */
export interface OpenedFile {
  /** Where it really begins: 0 when the other side cannot begin in the middle. */
  readonly offset: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /** For messages. */
  readonly name: string;
  /**
   * A whole small file; undefined when there is none.
   * @throws {RootsealError} NETWORK; FORMAT_INVALID when it has more than `limit` bytes
   */
  read(path: string, limit: number): Promise<Buffer | undefined>;
  /**
   * Undefined when there is none.
   * @throws {RootsealError} NETWORK, also while it is read
   */
  open(path: string, offset: number): Promise<OpenedFile | undefined>;
}

/** @param url one without a `locationProblem` */
export function openTransport(url: string, signal?: AbortSignal): Transport {
  const location = parseLocation(url);
  return location.kind === 'directory'
    ? directoryTransport(location.path)
    : httpTransport(location.base, signal);
}
