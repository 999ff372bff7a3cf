/**
 * Lists the tests that would be skipped here, without running one: `node list.mjs RESULTS FILE…`. A file of tests finds out
 * at its beginning what the machine lacks; that much of each is run. What a test finds out while it runs is not listed.
 * RESULTS gets a JSON array of `{"file": …, "name": …, "reason": …}`.
 */
import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { skipped } from './node-test.mjs';

register('./resolve.mjs', import.meta.url);
const [results, ...files] = process.argv.slice(2);
const home = process.cwd();
const found = [];
for (const file of files) {
  // The first one that mounts starts this program again, in a mount namespace of its own.
  await import(pathToFileURL(resolve(file)).href);
  // A file may change it.
  process.chdir(home);
  found.push(...skipped.splice(0).map((skip) => ({ file, ...skip })));
}
writeFileSync(results, JSON.stringify(found));
// What tests share at their beginning, such as servers, must not keep this from ending.
process.exit();
