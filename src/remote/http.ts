/**
 * A repository that a web server publishes as files: GET, and GET with a range (RFC 9110). Nothing that a server says is
 * believed: sizes are bounds of ours, and contents are compared with digests by whoever asked for them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, RootsealError } from '../util/errors.js';
import type { OpenedFile, Transport } from './transport.js';

/** A server that sends nothing for so long is given up, in milliseconds. */
const STALL_MS = 30_000;
const REDIRECTS_MAX = 5;
/** Waiting before the second, third and fourth attempt, in milliseconds. */
const BACK_OFF_MS = [500, 1500, 4000];
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const ABSENT_STATUSES: ReadonlySet<number> = new Set([404, 410]);

export function httpTransport(base: URL, signal?: AbortSignal): Transport {
  return {
    name: base.href,
    read: (path, limit) =>
      withRetries(signal, async () => {
        const answer = await get(new URL(path, base), 0, signal);
        if (answer === undefined) return undefined;
        const chunks: Uint8Array[] = [];
        let size = 0;
        for await (const chunk of answer.chunks) {
          size += chunk.length;
          if (size > limit)
            throw new RootsealError(
              'FORMAT_INVALID',
              `${new URL(path, base).href} has more than ${limit} bytes`,
            );
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      }),
    open: (path, offset) => get(new URL(path, base), offset, signal),
  };
}

/** Tries again after what may pass. Also for readers that go on where a stream broke off. */
export async function withRetries<T>(
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const wait = BACK_OFF_MS[count];
      if (wait === undefined || !mayPass(error)) throw error;
      signal?.throwIfAborted();
      await delay(wait, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof RootsealError && error.code === 'NETWORK' && error.details['final'] !== true
  );
}

async function get(
  url: URL,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<OpenedFile | undefined> {
  const stall = new Stall(signal);
  try {
    const response = await follow(url, offset, stall);
    if (ABSENT_STATUSES.has(response.status)) {
      await response.body?.cancel();
      return undefined;
    }
    const begin = rangeStart(response, url, offset);
    return { offset: begin, chunks: chunksOf(response, url, stall) };
  } catch (error) {
    stall.end();
    throw networkError(url, error, stall);
  }
}

/** Ends a request when nothing has come for a while, or the caller gives up. */
class Stall {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private readonly onAbort = (): void => {
    this.controller.abort(this.outer?.reason);
  };
  private timer: NodeJS.Timeout;
  stalled = false;

  constructor(outer: AbortSignal | undefined) {
    this.outer = outer;
    outer?.addEventListener('abort', this.onAbort);
    if (outer?.aborted === true) this.onAbort();
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Something came. */
  reset(): void {
    clearTimeout(this.timer);
    this.timer = this.start();
  }

  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.onAbort);
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.stalled = true;
      this.controller.abort();
    }, STALL_MS);
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

function redirectTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'https:') return target;
  if (target?.protocol === 'http:' && from.protocol === 'http:') return target;
  throw refusal(from, 'a redirection to something else than HTTP, or out of HTTPS');
}

/** The first byte that the response has; 0 when the server has no ranges. */
function rangeStart(response: Response, url: URL, offset: number): number {
  if (response.status === 200) return 0;
  const [, start] = /^bytes (\d{1,15})-/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (response.status === 206 && Number(start) === offset) return offset;
  throw new RootsealError('NETWORK', `${url.href}: the server answers ${response.status}`, {
    details: {
      url: url.href,
      status: response.status,
      final: !RETRIED_STATUSES.has(response.status),
    },
  });
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
  } finally {
    stall.end();
  }
}

function refusal(url: URL, why: string): RootsealError {
  return new RootsealError('NETWORK', `${url.href}: ${why}`, {
    details: { url: url.href, final: true },
  });
}

function networkError(url: URL, error: unknown, stall: Stall): unknown {
  if (error instanceof RootsealError) return error;
  if (stall.stalled)
    return new RootsealError(
      'NETWORK',
      `${url.href}: nothing came for ${STALL_MS / 1000} seconds`,
      {
        details: { url: url.href },
      },
    );
  if (stall.signal.aborted) return stall.signal.reason;
  return new RootsealError('NETWORK', `${url.href}: ${reasonOf(error)}`, {
    details: { url: url.href },
  });
}

/** fetch says "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return describeError(cause instanceof Error && cause.message !== '' ? cause : error);
}
