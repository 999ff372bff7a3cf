/** How files of another repository are read, wherever it is. */

/** Content of a file from `offset` on. */
export interface OpenedFile {
  /** Where it really begins: 0 when the other side cannot begin in the middle. */
  readonly offset: number;
  /** Bytes of the whole file, as far as the other side says so. */
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** To be called by whoever opened it, read or not. Once is enough. */
  close(): void;
}

export interface Transport {
  /** For messages. */
  readonly name: string;
  /** Waiting before each further attempt after a failure that may pass, in milliseconds. */
  readonly backOff: readonly number[];
  /** Told one line before each of these attempts. */
  readonly say?: ((line: string) => void) | undefined;
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
