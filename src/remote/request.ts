/** One GET request over HTTP/1.1 (RFC 9112), on connections that are kept for the next one. */
import http from 'node:http';
import https from 'node:https';
import { hasErrno } from '../util/errors.js';

/** To one server at a time; further requests wait for one of them. */
const CONNECTIONS_MAX = 16;
const AGENT_OPTIONS = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
const CLIENTS = {
  'http:': { module: http, agent: new http.Agent(AGENT_OPTIONS) },
  'https:': { module: https, agent: new https.Agent(AGENT_OPTIONS) },
};

/** What is not wanted is read to its end up to here, so that the connection can be used again. */
const DISCARD_MAX = 64 * 1024;

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** A server that sends nothing for so long is given up, in milliseconds. */
  readonly stall: number;
  readonly signal?: AbortSignal | undefined;
}

/** A server that sends nothing any more. */
export class StallError extends Error {
  constructor(milliseconds: number) {
    super(`nothing came for ${milliseconds / 1000} seconds`);
  }
}

/** The server had given up the connection when it was used again. */
const STALE = Symbol('stale');

/**
 * Sends it, and waits for the head of the response. Whoever gets it reads it to its end, or destroys it.
 * @throws {StallError} also while it is read
 * @throws {Error} Node.js's own, also while it is read
 */
export async function sendRequest(
  url: URL,
  options: RequestOptions,
): Promise<http.IncomingMessage> {
  // Each attempt uses up one of the connections that were kept.
  for (;;) {
    const response = await sendOnce(url, options);
    if (response !== STALE) return response;
  }
}

function sendOnce(
  url: URL,
  { headers, stall, signal }: RequestOptions,
): Promise<http.IncomingMessage | typeof STALE> {
  const { module, agent } = CLIENTS[url.protocol === 'https:' ? 'https:' : 'http:'];
  return new Promise((resolve, reject) => {
    const request = module.get(url, {
      agent,
      headers,
      timeout: stall,
      ...(signal === undefined ? {} : { signal }),
    });
    let response: http.IncomingMessage | undefined;
    request.on('response', (message) => {
      response = message;
      resolve(message);
    });
    request.on('timeout', () => {
      (response ?? request).destroy(new StallError(stall));
    });
    request.on('error', (error) => {
      const isStale =
        request.reusedSocket && response === undefined && hasErrno(error, 'ECONNRESET');
      if (isStale) resolve(STALE);
      else reject(error);
    });
    request.on('close', () => {
      reject(new Error('the server closed the connection'));
    });
  });
}

/** Gives up a response whose content nobody wants. */
export function discard(response: http.IncomingMessage): void {
  const length = response.headers['content-length'];
  // Node.js ends the message at its length, whatever else comes.
  if (length !== undefined && Number(length) <= DISCARD_MAX) response.resume();
  else response.destroy();
}
