/** The threat model names tests: each must be there, in the file that is named with it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CHECKOUT } from '../../helpers/boot-program.js';
import { scratchDirectory } from '../../helpers/scratch.js';

const module = pathToFileURL(join(CHECKOUT, 'test/setup/promises.mjs'));
const { checkPromises } = (await import(module.href)) as {
  checkPromises: (document: string, tests: string) => string[];
};

const TESTS: Readonly<Record<string, string>> = {
  'a/one.test.ts':
    "test('a byte that changed is found', () => {});\ntest(`the ${what} is told`, () => {});\n",
  'a/two.test.ts': 'for (const [name] of [["no seal"]]) test(`refused: ${name}`, () => {});\n',
};

function findings(t: TestContext, text: string): string[] {
  const place = scratchDirectory(t);
  const document = join(place, 'document.md');
  writeFileSync(document, text);
  for (const [name, source] of Object.entries(TESTS)) {
    const file = join(place, 'test', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, source);
  }
  return checkPromises(document, join(place, 'test')).map((line) =>
    line.slice(document.length + 2),
  );
}

test('tests that are where the document says are not a finding, whatever they fill in', (t) => {
  const document = `
- *a byte that changed is found*, *the … is told*, *the size is told* (\`test/a/one.test.ts\`)
- *no seal*, *refused: …* (\`test/a/\`), *a byte that
  changed is found*

| hole | *no seal* |
`;
  assert.deepEqual(findings(t, document), []);
});

test('a test that is not there, in another file than the document says, or in a file that is not there is a finding', (t) => {
  const document = `
- *a byte that changed is passed over* (\`test/a/one.test.ts\`)
- *no seal* (\`test/a/one.test.ts\`)
- *the … is told* (\`test/b/*.test.ts\`, \`test/a/three.test.ts\`)
- *byte that changed*
`;
  assert.deepEqual(findings(t, document), [
    'there is no test "a byte that changed is passed over" in a/one.test.ts',
    'there is no test "no seal" in a/one.test.ts',
    'there is no test/b/*.test.ts',
    'there is no test/a/three.test.ts',
    'there is no test "the … is told" in b/*.test.ts, a/three.test.ts',
    'there is no test "byte that changed"',
  ]);
});
