/** `node test/setup/man-pages.mjs DIR` writes the manual pages to DIR/manN/NAME.N.gz, without checking them. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pageName } from './man.mjs';
import { toRoff } from './roff.mjs';

const SOURCES = new URL('../../docs/man/', import.meta.url);

const [target] = process.argv.slice(2);
for (const source of readdirSync(SOURCES).filter((name) => name.endsWith('.md'))) {
  const page = pageName(source);
  const folder = join(target, `man${page.slice(-1)}`);
  mkdirSync(folder, { recursive: true });
  const roff = toRoff(readFileSync(new URL(source, SOURCES), 'utf8'));
  writeFileSync(join(folder, `${page}.gz`), gzipSync(roff, { level: 9 }));
}
