/** A connection to an SSH agent: a request, then its answer. It has no time limit, since an agent may ask a person first. */
import { createConnection } from 'node:net';
import { bodyOfFrame } from '../formats/ssh-agent/agent-messages.js';
import { FormatError, RootsealError } from '../util/errors.js';

/** Sends a frame, and returns the body of the frame that comes back. */
export type AskAgent = (request: Buffer) => Promise<Buffer>;

/**
 * Connects to an agent, and closes the connection when `action` is done.
 * @param path of its socket
 * @param signal ends the waiting; its reason is what is thrown
 * @throws {RootsealError} FAILED when it cannot be reached, or does not keep to the protocol
 */
export async function withAgent<T>(
  path: string,
  signal: AbortSignal | undefined,
  action: (ask: AskAgent) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const socket = createConnection({ path });
  const giveUp = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    return await action((request) => {
      socket.write(request);
      return readBody(chunks);
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw agentError(path, cause);
  } finally {
    signal?.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

async function readBody(chunks: AsyncIterator<Buffer, undefined>): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) throw new RootsealError('FAILED', 'the SSH agent closed the connection');
    received = Buffer.concat([received, value]);
    const body = bodyOfFrame(received);
    if (body !== undefined) return body;
  }
}

/** What is wrong with the agent's socket must not look like a file that somebody named. */
function agentError(path: string, cause: unknown): unknown {
  if (cause instanceof FormatError)
    return new RootsealError('FAILED', 'the SSH agent does not answer as RFC 9987 says', { cause });
  if (cause instanceof RootsealError || !(cause instanceof Error && 'syscall' in cause))
    return cause;
  return new RootsealError('FAILED', 'the SSH agent does not answer', {
    cause,
    details: { path },
    hint: 'SSH_AUTH_SOCK names the socket of the agent: start one with `eval $(ssh-agent)`, and give it the key with ssh-add',
  });
}
