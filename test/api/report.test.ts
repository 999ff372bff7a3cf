/** The surface of the library is what docs/api-report.md says. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scratchDirectory } from '../helpers/scratch.js';

const { compareReport, makeReport } = (await import(
  pathToFileURL(path.join(process.cwd(), 'test/setup/api-report.mjs')).href
)) as {
  compareReport: (file: string, report: string, options?: { write?: boolean }) => string[];
  makeReport: () => { report: string; problems: string[] };
};

test('the library has the surface that its report says, and gives no type that cannot be named', (t) => {
  const { report, problems } = makeReport();
  assert.deepEqual(problems, []);
  assert.deepEqual(compareReport('docs/api-report.md', report), []);
  assert.match(report, /export function openRepository\(directory: string\): Promise<Repository>;/);
  const copy = path.join(scratchDirectory(t), 'report.md');
  const changed = report.replace('openRepository(directory', 'openRepository(folder');
  fs.writeFileSync(copy, changed);
  assert.match(compareReport(copy, report).join(), /another surface/);
  assert.deepEqual(compareReport(copy, report, { write: true }), []);
  assert.equal(fs.readFileSync(copy, 'utf8'), report);
});
