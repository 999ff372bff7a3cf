/**
 * A repository that a web server publishes as files: GET, and GET with a range (RFC 9110). Nothing that a server says is
 * believed: sizes are bounds of ours, and contents are compared with digests by whoever asked for them.
 */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { describeError, hasErrno, RootsealError } from '../util/errors.js';
import { discard, sendRequest, StallError } from './request.js';
import { withRetries } from './retry.js';
import type { OpenedFile, Transport } from './transport.js';

/** How long one waits for a server. */
export interface HttpTiming {
  /** A server that sends nothing for so long is given up, in milliseconds. */
  readonly stall: number;
  /** Waiting before each further attempt, in milliseconds. */
  readonly backOff: readonly number[];
}

const TIMING: HttpTiming = { stall: 30_000, backOff: [500, 1500, 4000] };
const REDIRECTS_MAX = 5;
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const ABSENT_STATUSES: ReadonlySet<number> = new Set([404, 410]);
/** Range Not Satisfiable: the file ends before the range begins. */
const BEYOND_STATUS = 416;
/** Servers that ask for a longer break than that, in seconds, are asked again all the same. */
const BREAK_MAX = 60;

/** How one asks. */
interface Asking {
  readonly timing: HttpTiming;
  readonly signal: AbortSignal | undefined;
}

export function httpTransport(
  base: URL,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly say?: ((line: string) => void) | undefined;
    readonly timing?: HttpTiming;
  } = {},
): Transport {
  const { signal, say, timing = TIMING } = options;
  const { backOff } = timing;
  const open = (path: string, offset: number) =>
    get(new URL(path, base), offset, { timing, signal });
  return {
    name: base.href,
    backOff,
    say,
    read: (path, limit) =>
      withRetries({ backOff, say, signal }, async () => {
        const opened = await open(path, 0);
        if (opened === undefined) return undefined;
        const url = new URL(path, base);
        const bytes = await readAll(opened, limit, url);
        refuseWebPage(bytes, url);
        return bytes;
      }),
    open,
  };
}

/** No file of a repository begins so. A network that wants a log-in first answers with a page, whatever was asked for. */
function refuseWebPage(bytes: Buffer, url: URL): void {
  if (!/^\s*</.test(bytes.toString('latin1', 0, 64))) return;
  throw new RootsealError('NETWORK', `${url.href}: a web page came, not a file of a repository`, {
    details: { url: url.href, final: true },
    hint: 'is the URL right, and does this network want a log-in first? Open the URL in a browser',
  });
}

async function readAll(opened: OpenedFile, limit: number, url: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of opened.chunks) {
      size += chunk.length;
      if (size > limit)
        throw new RootsealError('FORMAT_INVALID', `${url.href} has more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } finally {
    opened.close();
  }
  return Buffer.concat(chunks);
}

async function get(url: URL, offset: number, asking: Asking): Promise<OpenedFile | undefined> {
  let response = await follow(url, offset, asking);
  if (response.statusCode === BEYOND_STATUS && offset > 0) {
    discard(response);
    response = await follow(url, 0, asking);
  }
  const status = response.statusCode ?? 0;
  if (ABSENT_STATUSES.has(status)) {
    discard(response);
    return undefined;
  }
  try {
    return {
      ...rangeOf(response, url, offset),
      chunks: chunksOf(response, url, asking),
      close: () => {
        response.destroy();
      },
    };
  } catch (error) {
    response.destroy();
    throw error;
  }
}

async function follow(url: URL, offset: number, asking: Asking): Promise<IncomingMessage> {
  let target = url;
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const response = await send(target, offset, asking);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return response;
    discard(response);
    target = redirectTarget(target, headers.location);
  }
  throw refusal(url, `more than ${REDIRECTS_MAX} redirections`);
}

async function send(
  url: URL,
  offset: number,
  { timing, signal }: Asking,
): Promise<IncomingMessage> {
  try {
    return await sendRequest(url, {
      stall: timing.stall,
      signal,
      headers: {
        // Sizes and ranges are those of the file only when nobody packs it on the way.
        'accept-encoding': 'identity',
        ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
      },
    });
  } catch (error) {
    throw networkError(url, error, signal);
  }
}

/**
 * Where a redirection leads.
 * @throws {RootsealError} NETWORK when one does not go there
 */
export function redirectTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isHttp =
    target?.protocol === 'https:' || (target?.protocol === 'http:' && from.protocol === 'http:');
  if (target !== undefined && isHttp && target.username === '' && target.password === '')
    return target;
  throw refusal(
    from,
    'a redirection to something else than HTTP, out of HTTPS, or with a password',
  );
}

/** The first byte that the response has (0 when the server has no ranges), and how long the whole file is. */
function rangeOf(
  response: IncomingMessage,
  url: URL,
  offset: number,
): Pick<OpenedFile, 'offset' | 'size'> {
  const header = (name: HeaderName): string => response.headers[name] ?? '';
  const status = response.statusCode ?? 0;
  // Of content that is packed on the way in spite of what was asked, the length says nothing.
  const isPlain = ['identity', ''].includes(header('content-encoding'));
  if (status === 200)
    return { offset: 0, size: isPlain ? sizeOf(header('content-length')) : undefined };
  const [, start, size = ''] =
    /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(header('content-range')) ?? [];
  if (status === 206 && isPlain && offset > 0 && Number(start) === offset)
    return { offset, size: sizeOf(size) };
  throw unexpected(url, status, header('retry-after'));
}

type HeaderName = 'content-encoding' | 'content-length' | 'content-range' | 'retry-after';

function unexpected(url: URL, status: number, retryAfter: string): RootsealError {
  return new RootsealError('NETWORK', `${url.href}: the server answers ${status}`, {
    details: {
      url: url.href,
      status,
      final: !RETRIED_STATUSES.has(status),
      ...breakOf(retryAfter),
    },
  });
}

function sizeOf(digits: string): number | undefined {
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** How long the server wants to be left alone (RFC 9110 section 10.2.3), where it says so in seconds. */
function breakOf(seconds: string): { wait?: number } {
  return /^\d{1,9}$/.test(seconds) ? { wait: Math.min(Number(seconds), BREAK_MAX) * 1000 } : {};
}

async function* chunksOf(
  response: IncomingMessage,
  url: URL,
  { signal }: Asking,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* unpacked(response) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw networkError(url, error, signal);
  }
}

/** By what servers pack with although they were asked not to. */
const UNPACKERS = new Map<string, () => NodeJS.ReadWriteStream>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

function unpacked(response: IncomingMessage): NodeJS.ReadableStream {
  const unpack = UNPACKERS.get(response.headers['content-encoding'] ?? '');
  // Whoever reads is told of errors by what is read.
  return unpack === undefined ? response : pipeline(response, unpack(), () => undefined);
}

function refusal(url: URL, why: string): RootsealError {
  return new RootsealError('NETWORK', `${url.href}: ${why}`, {
    details: { url: url.href, final: true },
  });
}

function networkError(url: URL, error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof RootsealError) return error;
  if (signal?.aborted === true) return signal.reason;
  // A name that there is not will not be there in a second either.
  const final = hasErrno(error, 'ENOTFOUND');
  return new RootsealError('NETWORK', `${url.href}: ${reasonOf(error)}`, {
    details: { url: url.href, ...(final ? { final } : {}) },
  });
}

/** Of a name with several addresses, the first one that failed says why. */
function reasonOf(error: unknown): string {
  if (error instanceof StallError) return error.message;
  return describeError(error instanceof AggregateError ? (error.errors[0] as unknown) : error);
}
