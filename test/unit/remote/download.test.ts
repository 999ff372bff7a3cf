/** Objects that come in pieces, from servers that break off. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { digestOf } from '../../../src/formats/fsverity/descriptor.js';
import { Downloads } from '../../../src/remote/download.js';
import type { Transport } from '../../../src/remote/transport.js';
import { Repository } from '../../../src/repo/repository.js';
import { RootsealError } from '../../../src/util/errors.js';
import { unlessHung } from '../../helpers/hang.js';
import { scratchDirectory } from '../../helpers/scratch.js';

const CONTENT = Buffer.alloc(1000, 'content');
const WANTED = { digest: digestOf(CONTENT, 'sha256'), size: CONTENT.length };
const PIECE = 10;

/** A server that breaks off after some bytes, each time; `asked` are the offsets at which it was asked to begin. */
function breaking(hasRanges: boolean): { transport: Transport; asked: number[] } {
  const asked: number[] = [];
  const open = (_path: string, wanted: number) => {
    asked.push(wanted);
    const offset = hasRanges ? wanted : 0;
    const end = Math.min(offset + PIECE, CONTENT.length);
    const chunks = (async function* () {
      yield await Promise.resolve(CONTENT.subarray(offset, end));
      if (end < CONTENT.length) throw new RootsealError('NETWORK', 'it broke off');
    })();
    return Promise.resolve({ offset, size: CONTENT.length, chunks, close: () => undefined });
  };
  const read = () => Promise.resolve(undefined);
  return { transport: { name: 'test', backOff: [0, 0, 0], read, open }, asked };
}

async function fetch(t: TestContext, transport: Transport): Promise<void> {
  const repository = Repository.init(join(scratchDirectory(t), 'repo'), 'sha256');
  const downloads = new Downloads(repository, 'origin');
  try {
    const fetching = downloads.fetch(WANTED, transport, { onBytes: () => undefined });
    await unlessHung({ what: 'the download to end' }, fetching);
  } finally {
    downloads.close(false);
  }
}

test('a server that breaks off again and again is asked as long as more comes', async (t) => {
  const { transport, asked } = breaking(true);
  await fetch(t, transport);
  assert.equal(asked.length, CONTENT.length / PIECE);
});

test('a server that breaks off and always starts again is given up', async (t) => {
  const { transport, asked } = breaking(false);
  await assert.rejects(fetch(t, transport), { code: 'NETWORK' });
  // The first time is progress, and three further attempts are not.
  assert.ok(asked.length <= 5, asked.join(' '));
});
