/** The HTTP transport against a server on loopback that misbehaves. Waiting is cut short. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import type http from 'node:http';
import { test, type TestContext } from 'node:test';
import { httpTransport, redirectTarget } from '../../../src/remote/http-transport.js';
import { collect } from '../../helpers/tar-archive.js';
import type { Transport } from '../../../src/remote/transport.js';
import { RootsealError } from '../../../src/util/errors.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { StaticServer } from '../../helpers/static-server.js';
import fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CONTENT = 'abcdefghijklmnopqrstuvwxyz';

async function setUp(
  t: TestContext,
  stall = 5000,
): Promise<{ server: StaticServer; transport: Transport }> {
  const directory = scratchDirectory(t);
  fs.writeFileSync(join(directory, 'file'), CONTENT);
  const server = await StaticServer.start(t, directory);
  const timing = { stall, backOff: [1, 1, 1] };
  return { server, transport: httpTransport(new URL(server.url), { timing }) };
}

async function readFrom(transport: Transport, offset: number): Promise<[number, string]> {
  const opened = await transport.open('file', offset);
  assert.ok(opened);
  try {
    return [opened.offset, (await collect(opened.chunks)).toString()];
  } finally {
    opened.close();
  }
}

/** The failure of the network that a promise ends with. */
async function failure(promise: Promise<unknown>): Promise<RootsealError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RootsealError, String(error));
  assert.equal(error.code, 'NETWORK');
  return error;
}

const status =
  (code: number, headers: http.OutgoingHttpHeaders = {}) =>
  (_: unknown, response: http.ServerResponse) => {
    response.writeHead(code, headers).end('some words');
  };

test('a file is read whole, or from an offset on', async (t) => {
  const { transport } = await setUp(t);
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  assert.deepEqual(await readFrom(transport, 0), [0, CONTENT]);
  assert.deepEqual(await readFrom(transport, 10), [10, CONTENT.slice(10)]);
});

test('a server without ranges begins at 0 again', async (t) => {
  const { server, transport } = await setUp(t);
  server.hasRanges = false;
  assert.deepEqual(await readFrom(transport, 10), [0, CONTENT]);
});

test('a range that is beyond the end begins at 0 again', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, status(416), 1);
  assert.deepEqual(await readFrom(transport, 100), [0, CONTENT]);
});

test('a part that is not the one that was asked for is refused', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, status(206, { 'content-range': 'bytes 5-14/26' }));
  const { details } = await failure(transport.open('file', 10));
  assert.equal(details['status'], 206);
  await failure(transport.open('file', 0));
});

test('the size of the whole file is known before its content, also for a part', async (t) => {
  const { transport } = await setUp(t);
  for (const offset of [0, 10]) {
    const opened = await transport.open('file', offset);
    assert.equal(opened?.size, CONTENT.length);
    opened.close();
  }
});

for (const code of [404, 410]) {
  test(`${code} means that there is no file`, async (t) => {
    const { server, transport } = await setUp(t);
    server.on(/file/, status(code));
    assert.equal(await transport.read('file', 100), undefined);
    assert.equal(await transport.open('file', 0), undefined);
    assert.equal(server.requests.length, 2);
  });
}

for (const code of [429, 500, 503]) {
  test(`${code} is tried again, and four times at most`, async (t) => {
    const { server, transport } = await setUp(t);
    server.on(/file/, status(code), 3);
    assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
    server.reset();
    server.on(/file/, status(code));
    const { message, details } = await failure(transport.read('file', 100));
    assert.equal(message, `${server.url}file: the server answers ${code}`);
    assert.deepEqual([details['url'], details['status']], [`${server.url}file`, code]);
    assert.equal(server.requests.length, 4);
  });
}

for (const code of [400, 401, 403, 501]) {
  test(`${code} is not tried again`, async (t) => {
    const { server, transport } = await setUp(t);
    server.on(/file/, status(code));
    await failure(transport.read('file', 100));
    assert.equal(server.requests.length, 1);
  });
}

test('a connection that breaks off is tried again', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, (request) => request.socket.destroy(), 1);
  const half = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write('abc', () => response.destroy());
  };
  server.on(/file/, half, 1);
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  assert.equal(server.requests.length, 3);
});

test('a server that says nothing is given up', async (t) => {
  const { server, transport } = await setUp(t, 50);
  server.on(/file/, () => undefined);
  const { message } = await failure(transport.read('file', 100));
  assert.match(message, /nothing came for 0\.05 seconds$/);
  assert.equal(server.requests.length, 4);
});

test('a server that stops in the middle is given up', async (t) => {
  const { server, transport } = await setUp(t, 50);
  const half = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write('abc');
  };
  server.on(/file/, half);
  assert.match((await failure(readFrom(transport, 0))).message, /nothing came for/);
});

for (const [what, words] of [
  ['no HTTP', 'welcome'],
  ['another protocol', 'HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ['endless headers', `HTTP/1.1 200 x\r\n${'a: b\r\n'.repeat(10_000)}\r\n`],
  ['two lengths', 'HTTP/1.1 200 x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
] as const) {
  test(`a server that answers with ${what} is a failure of the network`, async (t) => {
    const { server, transport } = await setUp(t);
    server.on(/file/, (request) => request.socket.end(words));
    const { message } = await failure(transport.read('file', 100));
    assert.match(message, /^http:\/\/127\.0\.0\.1:\d+\/file: ./);
    assert.equal(server.requests.length, 4);
  });
}

test('a port that nobody listens on is a failure of the network that names the URL', async (t) => {
  const { server } = await setUp(t);
  const { url } = server;
  server.stop();
  const timing = { stall: 5000, backOff: [] };
  const { message } = await failure(httpTransport(new URL(url), { timing }).read('file', 100));
  assert.match(message, /^http:\/\/127\.0\.0\.1:\d+\/file: .*connection refused$/);
});

test('redirections are followed, five of them at most', async (t) => {
  const { server, transport } = await setUp(t);
  const to = (location: string) => status(302, { location });
  server.on(/^\/file$/, to('/a/1'), 1);
  for (let count = 1; count < 5; count++)
    server.on(new RegExp(`^/a/${count}$`), to(`./${count + 1}`), 1);
  server.on(/^\/a\/5$/, status(200));
  assert.equal((await transport.read('file', 100))?.toString(), 'some words');
  server.reset();
  server.on(/file/, to('/file'));
  assert.match((await failure(transport.read('file', 100))).message, /more than 5 redirections/);
  assert.equal(server.requests.length, 6);
});

for (const location of [
  'file:///etc/passwd',
  'ftp://example.org/',
  'http://a:b@127.0.0.1/',
  'http://',
]) {
  test(`a redirection to ${location} is refused at once`, async (t) => {
    const { server, transport } = await setUp(t);
    server.on(/file/, status(302, { location }));
    const { message } = await failure(transport.read('file', 100));
    assert.match(message, /redirection/);
    assert.equal(server.requests.length, 1);
  });
}

test('a redirection may lead into HTTPS, and never out of it', () => {
  const [http, https] = [new URL('http://a.example/'), new URL('https://a.example/')];
  assert.equal(redirectTarget(http, 'https://b.example/x').href, 'https://b.example/x');
  assert.equal(redirectTarget(https, '/x').href, 'https://a.example/x');
  assert.throws(() => redirectTarget(https, 'http://a.example/x'), { code: 'NETWORK' });
});

test('more bytes than the bound are refused, whatever the length says', async (t) => {
  const { server, transport } = await setUp(t);
  let sent = 0;
  const endless = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  };
  server.on(/file/, endless);
  await assert.rejects(transport.read('file', 1000), /file has more than 1000 bytes/);
  assert.ok(sent < 1 << 27);
});

test('what a server packs in spite of what was asked has no known size', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, (request, response) => {
    assert.equal(request.headers['accept-encoding'], 'identity');
    response.writeHead(200, { 'content-encoding': 'br' }).end();
  });
  const opened = await transport.open('file', 0);
  assert.equal(opened?.size, undefined);
  opened?.close();
});

test('what a server packs in spite of what was asked is unpacked, and other packing is not content', async (t) => {
  const { server, transport } = await setUp(t);
  const packed = (encoding: string) => (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync(CONTENT));
  };
  server.on(/file/, packed('gzip'), 1);
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  server.on(/file/, packed('constructor'), 1);
  assert.deepEqual(await transport.read('file', 100), gzipSync(CONTENT));
  server.on(/file/, packed('br'));
  await failure(transport.read('file', 100));
});

test('a server that asks to be left alone for a while is left alone', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, status(503, { 'retry-after': '1' }), 1);
  const start = performance.now();
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  assert.ok(performance.now() - start >= 990);
  assert.equal(server.requests.length, 2);
});

test('a connection is used again, also after an answer that nobody wanted', async (t) => {
  const { server, transport } = await setUp(t);
  const ports = new Set<number | undefined>();
  server.on(/absent/, (request, response) => {
    ports.add(request.socket.remotePort);
    response.writeHead(404, { 'content-length': 4 }).end('none');
  });
  for (let count = 0; count < 3; count++) {
    assert.equal(await transport.read('absent', 100), undefined);
    await new Promise(setImmediate);
  }
  assert.equal(ports.size, 1);
});

test('a connection that the server has given up meanwhile costs no attempt', async (t) => {
  const { server } = await setUp(t);
  const timing = { stall: 5000, backOff: [] };
  const transport = httpTransport(new URL(server.url), { timing });
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  server.on(/file/, (request) => request.socket.resetAndDestroy(), 1);
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  assert.equal(server.requests.length, 3);
});

test('who gives up gets the reason that was given, and no more attempts', async (t) => {
  const { server } = await setUp(t);
  const given = new AbortController();
  server.on(/file/, () => {
    given.abort(new Error('enough'));
  });
  const transport = httpTransport(new URL(server.url), { signal: given.signal });
  await assert.rejects(transport.read('file', 100), /^Error: enough$/);
  assert.equal(server.requests.length, 1);
});

test('a web page in place of a file is told with its address, and not asked for again', async (t) => {
  const { server, transport } = await setUp(t);
  server.on(/file/, (_, response) => {
    response.writeHead(200).end('\n <!DOCTYPE html><title>Log in</title>');
  });
  const error = await failure(transport.read('file', 100));
  assert.equal(error.message, `${server.url}file: a web page came, not a file of a repository`);
  assert.match(error.hint ?? '', /log-in/);
  assert.equal(server.requests.length, 1);
});

test('a further attempt is told before, with what failed and how many are left', async (t) => {
  const { server } = await setUp(t);
  const said: string[] = [];
  const transport = httpTransport(new URL(server.url), {
    timing: { stall: 5000, backOff: [1, 2] },
    say: (line) => said.push(line),
  });
  server.on(/file/, status(503), 2);
  assert.equal((await transport.read('file', 100))?.toString(), CONTENT);
  const failed = `${server.url}file: the server answers 503; trying again in`;
  assert.deepEqual(said, [`${failed} 0.001 s (1 of 2)`, `${failed} 0.002 s (2 of 2)`]);
});

test('a host that there is not is not looked for again, and is named', async (t) => {
  const lookup = t.mock.method(
    dns,
    'lookup',
    (hostname: string, _options: unknown, callback: (error: Error) => void) => {
      const facts = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname };
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), facts));
    },
  );
  const timing = { stall: 5000, backOff: [1, 1] };
  const transport = httpTransport(new URL('http://nope.invalid/'), { timing });
  const error = await failure(transport.read('file', 100));
  assert.equal(error.message, 'http://nope.invalid/file: cannot find host nope.invalid');
  assert.equal(lookup.mock.callCount(), 1);
});
