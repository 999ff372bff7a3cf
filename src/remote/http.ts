/**
 * A repository that a web server publishes as files: GET, and GET with a range (RFC 9110). Nothing that a server says is
 * believed: sizes are bounds of ours, and contents are compared with digests by whoever asked for them.
 */
import { describeError, RootsealError } from '../util/errors.js';
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

export function httpTransport(
  base: URL,
  options: { readonly signal?: AbortSignal | undefined; readonly timing?: HttpTiming } = {},
): Transport {
  const { signal, timing = TIMING } = options;
  const { backOff } = timing;
  const open = (path: string, offset: number) =>
    get(new URL(path, base), offset, new Stall(timing.stall, signal));
  return {
    name: base.href,
    backOff,
    read: (path, limit) =>
      withRetries({ backOff, signal }, async () => {
        const opened = await open(path, 0);
        return opened && readAll(opened, limit, new URL(path, base));
      }),
    open,
  };
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

async function get(url: URL, offset: number, stall: Stall): Promise<OpenedFile | undefined> {
  try {
    const response = await follow(url, offset, stall);
    if (ABSENT_STATUSES.has(response.status)) {
      stall.end();
      return undefined;
    }
    if (response.status === BEYOND_STATUS && offset > 0) {
      await response.body?.cancel();
      return await get(url, 0, stall);
    }
    return {
      ...rangeOf(response, url, offset),
      chunks: chunksOf(response, url, stall),
      close: () => {
        stall.end();
      },
    };
  } catch (error) {
    stall.end();
    throw networkError(url, error, stall);
  }
}

/** Ends a request when nothing has come for a while, or the caller gives up. */
class Stall {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private readonly milliseconds: number;
  private readonly onAbort = (): void => {
    this.controller.abort(this.outer?.reason);
  };
  private timer: NodeJS.Timeout;
  private state: 'running' | 'stalled' | 'ended' = 'running';

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.milliseconds = milliseconds;
    this.outer = outer;
    outer?.addEventListener('abort', this.onAbort);
    if (outer?.aborted === true) this.onAbort();
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why the request was ended: undefined unless it stalled or the caller gave up. */
  get reason(): 'stalled' | 'given up' | undefined {
    if (this.state === 'stalled') return 'stalled';
    return this.outer?.aborted === true ? 'given up' : undefined;
  }

  describe(): string {
    return `nothing came for ${this.milliseconds / 1000} seconds`;
  }

  /** Something came. */
  reset(): void {
    clearTimeout(this.timer);
    if (this.state === 'running') this.timer = this.start();
  }

  /** Nothing more is wanted; what is still to come is not read. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.onAbort);
    if (this.state !== 'running') return;
    this.state = 'ended';
    this.controller.abort();
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.state = 'stalled';
      this.controller.abort();
    }, this.milliseconds);
  }
}

async function follow(url: URL, offset: number, stall: Stall): Promise<Response> {
  let target = url;
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const response = await fetch(target, {
      redirect: 'manual',
      signal: stall.signal,
      headers: {
        // Sizes and ranges are those of the file only when nobody packs it on the way.
        'accept-encoding': 'identity',
        ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
      },
    });
    const next = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || next === null) return response;
    await response.body?.cancel();
    target = redirectTarget(target, next);
  }
  throw refusal(url, `more than ${REDIRECTS_MAX} redirections`);
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
  { status, headers }: Response,
  url: URL,
  offset: number,
): Pick<OpenedFile, 'offset' | 'size'> {
  // Of content that is packed on the way in spite of what was asked, the length says nothing.
  const isPlain = ['identity', ''].includes(headers.get('content-encoding') ?? '');
  if (status === 200)
    return { offset: 0, size: isPlain ? sizeOf(headers.get('content-length') ?? '') : undefined };
  const [, start, size = ''] =
    /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206 && isPlain && offset > 0 && Number(start) === offset)
    return { offset, size: sizeOf(size) };
  throw new RootsealError('NETWORK', `${url.href}: the server answers ${status}`, {
    details: { url: url.href, status, final: !RETRIED_STATUSES.has(status) },
  });
}

function sizeOf(digits: string): number | undefined {
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

async function* chunksOf(
  response: Response,
  url: URL,
  stall: Stall,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (response.body === null) return;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      stall.reset();
      yield chunk;
    }
  } catch (error) {
    throw networkError(url, error, stall);
  }
}

function refusal(url: URL, why: string): RootsealError {
  return new RootsealError('NETWORK', `${url.href}: ${why}`, {
    details: { url: url.href, final: true },
  });
}

function networkError(url: URL, error: unknown, stall: Stall): unknown {
  if (error instanceof RootsealError) return error;
  if (stall.reason === 'given up') return stall.signal.reason;
  const why = stall.reason === 'stalled' ? stall.describe() : reasonOf(error);
  return new RootsealError('NETWORK', `${url.href}: ${why}`, { details: { url: url.href } });
}

/** fetch says "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return describeError(cause instanceof Error && cause.message !== '' ? cause : error);
}
