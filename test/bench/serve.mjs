/** Publishes a directory on loopback, in a process of its own: `node serve.mjs DIR` prints its URL. */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const root = path.resolve(process.argv[2]);
const server = http.createServer((request, response) => {
  const file = path.join(root, path.normalize(decodeURIComponent(request.url.split('?', 1)[0])));
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-length': stat.size });
  fs.createReadStream(file).pipe(response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
