/** The examples of docs/api.md and docs/examples are compiled against the package that is shipped, run, and print what is shown. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { before, after, test } from 'node:test';
import { tmpdir } from 'node:os';
import { compareOutput } from '../howto/compare.js';
import { importPublicKey } from '../../src/formats/seal/import-public.js';
import { printVerifierKey } from '../../src/formats/seal/key.js';
import { CHECKOUT } from '../helpers/boot-program.js';
import { packagedProgram } from '../helpers/packaged.js';
import { compileWith, runProgram } from '../helpers/packed-library.js';

interface Example {
  readonly name: string;
  readonly program: string;
  readonly shown: readonly string[];
}

/** Each program of a page with the output that follows it. */
function examplesOf(page: string): Example[] {
  const blocks = page.matchAll(/^```ts\n([^]*?)^```\n\n```text\n([^]*?)^```$/gm);
  return Array.from(blocks, ([, program = '', shown = ''], index) => ({
    name: `example-${index + 1}`,
    program,
    shown: shown.trimEnd().split('\n'),
  }));
}

const page = fs.readFileSync(join(CHECKOUT, 'docs/api.md'), 'utf8');
const examples = examplesOf(page);
const PIPELINE = 'release-pipeline';

const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
let compiled = '';
before(() => {
  // The page shows modes.
  process.umask(0o022);
  const pipeline = fs.readFileSync(join(CHECKOUT, `docs/examples/${PIPELINE}.ts`), 'utf8');
  compiled = compileWith(
    join(scratch, 'program'),
    dirname(dirname(packagedProgram())),
    new Map([
      [PIPELINE, pipeline],
      ...examples.map(({ name, program }) => [name, program] as const),
    ]),
  );
  const tree = join(scratch, 'tree');
  for (const name of ['etc', 'usr/bin']) fs.mkdirSync(join(tree, name), { recursive: true });
  fs.writeFileSync(join(tree, 'etc/os-release'), 'ID=example\nPRETTY_NAME="Example"\n');
  fs.writeFileSync(join(tree, 'etc/hostname'), 'example\n');
  for (const name of ['one', 'two', 'three'])
    fs.writeFileSync(join(tree, 'usr/bin', name), name.repeat(100));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const token = importPublicKey(Buffer.from(publicKey), 'token.example.org');
  assert.ok(token !== undefined);
  fs.writeFileSync(join(scratch, 'token.pem'), privateKey, { mode: 0o600 });
  fs.writeFileSync(join(scratch, 'token.pub'), `${printVerifierKey(token)}\n`);
});
after(() => {
  fs.rmSync(scratch, { recursive: true });
});

test('each program of the page has its output below it', () => {
  assert.ok(examples.length >= 8);
  assert.equal(page.match(/^```ts$/gm)?.length, examples.length);
});

// In the order of the page: they use what the ones before have made.
for (const { name, program, shown } of examples)
  test(`${name} prints what the page shows`, () => {
    const printed = runProgram(join(compiled, `${name}.js`), scratch);
    assert.equal(compareOutput(shown, printed), '', program);
  });

test('programs import the entry alone, and are shown the declarations that it reaches', async () => {
  const library = dirname(dirname(packagedProgram()));
  const all = fs.readdirSync(library, { recursive: true, encoding: 'utf8' });
  const declarations = all.filter(
    (name) => name.endsWith('.d.ts') && !name.includes('node_modules'),
  );
  assert.ok(declarations.includes('dist/src/api/index.d.ts'));
  const below = declarations.filter((name) => !/^dist\/src\/api\/[^/]+$/.test(name)).sort();
  assert.deepEqual(below, ['dist/src/util/errors.d.ts', 'dist/src/util/progress.d.ts']);
  const program = join(scratch, 'program/deep.mjs');
  fs.writeFileSync(
    program,
    "await import('rootseal/dist/src/cli/main.js').catch((e) => console.log(e.code));",
  );
  assert.equal(runProgram(program, scratch).trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  const own = (await import('../../src/api/index.js')) as object;
  fs.writeFileSync(program, "console.log(Object.keys(await import('rootseal')).sort().join());");
  assert.equal(runProgram(program, scratch).trim(), Object.keys(own).sort().join());
});

test('the release pipeline publishes a release, and then one more', () => {
  const run = (version: string) => {
    process.env['RELEASE_VERSION'] = version;
    const printed = runProgram(
      join(compiled, `${PIPELINE}.js`),
      scratch,
      'tree',
      'work',
      'published',
    );
    return JSON.parse(printed) as Record<string, unknown>;
  };
  const first = run('1.0');
  assert.deepEqual([first['version'], first['changes']], ['1.0', 0]);
  fs.writeFileSync(join(scratch, 'tree/etc/hostname'), 'another\n');
  const second = run('1.1');
  assert.equal(second['changes'], 1);
  assert.notEqual(second['image'], first['image']);
  const head = fs.readFileSync(join(scratch, 'published/refs/heads/os/stable'), 'utf8');
  assert.equal(head.trim(), second['commit']);
});
