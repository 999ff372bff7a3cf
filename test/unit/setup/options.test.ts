/** The check that manual pages tell of the options that the program has. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

interface OptionsModule {
  readonly checkOptions: (folder: string, options?: { write?: boolean }) => Promise<string[]>;
}

async function load(): Promise<OptionsModule> {
  const file = join(process.cwd(), 'test/setup/options.mjs');
  return (await import(pathToFileURL(file).href)) as OptionsModule;
}

/** A copy of the pages, in which one text was replaced. */
function damagedPages(t: TestContext, page: string, from: string | RegExp, to: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rootseal-pages-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  cpSync('docs/man', folder, { recursive: true });
  const file = join(folder, page);
  const text = readFileSync(file, 'utf8');
  assert.notEqual(text.search(from), -1, 'the page has the text');
  writeFileSync(file, text.replace(from, to));
  return folder;
}

test('a generated list that lacks an option is a finding, and is mended on demand', async (t) => {
  const { checkOptions } = await load();
  const folder = damagedPages(t, 'rootseal-gc.1.md', /- `--keep`[^]*?\n\n/, '');
  const [found] = await checkOptions(folder);
  assert.match(found ?? '', /rootseal-gc\.1\.md: its options are not those of the program/);
  await checkOptions(folder, { write: true });
  const page = 'rootseal-gc.1.md';
  assert.equal(readFileSync(join(folder, page), 'utf8'), readFileSync(`docs/man/${page}`, 'utf8'));
});

test('a list by hand with an option that is not there is a finding', async (t) => {
  const { checkOptions } = await load();
  const folder = damagedPages(
    t,
    'rootseal-image.1.md',
    /^- `--as-mkcomposefs`:/m,
    '- `--nothing`:',
  );
  const found = (await checkOptions(folder)).join('\n');
  assert.match(found, /rootseal-image\.1\.md: --as-mkcomposefs is missing/);
  assert.match(found, /rootseal-image\.1\.md: the program has no --nothing/);
});

test('a command without a page, and a page without a command, are findings', async (t) => {
  const { checkOptions } = await load();
  const folder = damagedPages(t, 'rootseal-du.1.md', 'du', 'du');
  rmSync(join(folder, 'rootseal-du.1.md'));
  writeFileSync(join(folder, 'rootseal-nothing.1.md'), '');
  const found = (await checkOptions(folder)).join('\n');
  assert.match(found, /rootseal-du\.1\.md: there is no manual page for this command/);
  assert.match(found, /rootseal-nothing\.1\.md: there is no such command/);
});
