/** A web server on loopback that publishes a directory, counts what it sends, and misbehaves where a test tells it to. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** One request, and what came of it. */
export interface ServedRequest {
  readonly path: string;
  readonly range: string | undefined;
  /** Bytes of the file that were sent; 0 where a rule answered. */
  bytes: number;
}

interface Rule {
  readonly path: RegExp;
  readonly answer: Answer;
  /** How often it still answers. */
  times: number;
}

export class StaticServer {
  readonly requests: ServedRequest[] = [];
  /** Whether it answers parts. */
  hasRanges = true;
  private readonly directory: string;
  private readonly server: http.Server;
  private readonly rules: Rule[] = [];

  private constructor(directory: string) {
    this.directory = directory;
    this.server = http.createServer((request, response) => {
      this.answer(request, response);
    });
  }

  static async start(t: TestContext, directory: string): Promise<StaticServer> {
    const server = new StaticServer(directory);
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.stop();
    });
    return server;
  }

  /** Ends it. Once is enough. */
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Requests for paths that match are answered so, `times` times. */
  on(path: RegExp, answer: Answer, times = Infinity): void {
    this.rules.push({ path, answer, times });
  }

  /** Calls `action` before the first request for a path that matches is answered as usual. */
  before(path: RegExp, action: () => void): void {
    const first: Answer = (request, response) => {
      action();
      this.answer(request, response);
    };
    this.on(path, first, 1);
  }

  /** Bytes of objects that were sent. */
  objectBytes(): number {
    return this.requests
      .filter(({ path }) => path.startsWith('/objects/'))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Forgets rules and requests. */
  reset(): void {
    this.rules.length = 0;
    this.requests.length = 0;
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? '/';
    const { range } = request.headers;
    const served = { path, range, bytes: 0 };
    this.requests.push(served);
    const rule = this.rules.find((one) => one.times > 0 && one.path.test(path));
    if (rule === undefined) this.sendFile(path, served, response);
    else {
      rule.times--;
      rule.answer(request, response);
    }
  }

  private sendFile(path: string, served: ServedRequest, response: http.ServerResponse): void {
    const file = join(this.directory, path);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      response.writeHead(404).end('not here');
      return;
    }
    const bytes = fs.readFileSync(file);
    const start = this.hasRanges ? /^bytes=(\d+)-$/.exec(served.range ?? '')?.[1] : undefined;
    const part = bytes.subarray(Number(start ?? 0));
    served.bytes = part.length;
    const range = `bytes ${start ?? ''}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start === undefined ? 200 : 206, {
      'content-length': part.length,
      ...(start === undefined ? {} : { 'content-range': range }),
    });
    response.end(part);
  }
}
