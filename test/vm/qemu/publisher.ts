/** Publishes a repository as any web server would: files by HTTP on loopback, with ranges. What `main` is, the test says. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { TestContext } from 'node:test';

export class Publisher {
  /** Requests for objects so far. */
  objects = 0;
  private readonly repository: string;
  private readonly server: http.Server;
  private release: string | undefined;

  private constructor(repository: string) {
    this.repository = repository;
    this.server = http.createServer((request, response) => {
      this.answer(request, response);
    });
  }

  static async start(t: TestContext, repository: string): Promise<Publisher> {
    const publisher = new Publisher(repository);
    await new Promise<void>((resolve) => publisher.server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      publisher.server.closeAllConnections();
      publisher.server.close();
    });
    return publisher;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on the branch `main` is this one of the repository. */
  publish(release: string): void {
    this.release = release;
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?', 1)[0] ?? '/'));
    const isMain = path === '/refs/heads/main' && this.release !== undefined;
    const file = join(this.repository, isMain ? `refs/heads/${this.release ?? ''}` : path);
    if (path.startsWith('/objects/')) this.objects++;
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) {
      response.writeHead(404).end();
      return;
    }
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': stat.size - start,
      ...(from === undefined
        ? {}
        : { 'content-range': `bytes ${from}-${stat.size - 1}/${stat.size}` }),
    });
    fs.createReadStream(file, { start }).pipe(response);
  }
}
