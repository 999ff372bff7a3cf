/**
 * A signed file beside a commit: a unified kernel image, an attestation. Of such a file, the signatures are all that does not follow
 * from the rest, and they come last.
 */
import { withRetries } from './retry.js';
import type { OpenedFile, Transport } from './transport.js';

/** One that is not here yet. */
export interface OfferedFile {
  /** Bytes, as far as the other side says so. */
  readonly size: number | undefined;
}

/** What is here in its place. */
export interface FileHere {
  readonly size: number;
  /** Undefined when it has gone. */
  readonly read: () => Promise<Buffer | undefined>;
}

/** As much as certificates and signatures need. */
const TAIL = 1 << 14;

/**
 * Whether the other side has a file, and not the one that is here. Of a file of the same length, only the end is fetched: there are the
 * signatures, which vouch for all of it.
 * @param path relative to the repository
 * @throws {RootsealError} NETWORK
 */
export function offeredFile(
  transport: Transport,
  path: string,
  here: FileHere | undefined,
  signal: AbortSignal | undefined,
): Promise<OfferedFile | undefined> {
  const { backOff, say } = transport;
  return withRetries({ backOff, say, signal }, () => askFor(transport, path, here));
}

async function askFor(
  transport: Transport,
  path: string,
  here: FileHere | undefined,
): Promise<OfferedFile | undefined> {
  const offset = here === undefined ? 0 : Math.max(0, here.size - TAIL);
  const opened = await transport.open(path, offset);
  if (opened === undefined) return undefined;
  try {
    const { size } = opened;
    if (here === undefined || size !== here.size) return { size };
    const ours = await here.read();
    return ours !== undefined && (await goesOnLike(opened, ours)) ? undefined : { size };
  } finally {
    opened.close();
  }
}

async function goesOnLike(
  { offset, chunks }: Pick<OpenedFile, 'offset' | 'chunks'>,
  ours: Buffer,
): Promise<boolean> {
  let at = offset;
  for await (const chunk of chunks) {
    if (!ours.subarray(at, at + chunk.length).equals(chunk)) return false;
    at += chunk.length;
  }
  return at === ours.length;
}
