/** A page that says something wrong does not pass, whatever is wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parsePage } from '../../howto/blocks.js';
import { packagesOf } from '../../howto/commands.js';
import { PageMismatch, readPage, runPage, type PageRun } from '../../howto/page.js';
import { Shell } from '../../howto/shell.js';

/** Runs a page in a shell of its own, which is not confined. */
function run(t: Parameters<typeof Shell.start>[0], markdown: string, rest: Partial<PageRun> = {}) {
  const shell = Shell.start(t, ['bash', '--norc']);
  return runPage('x.md', markdown, { execute: (command) => shell.run(command), ...rest });
}

test('variables, functions and the directory stay from one command to the next', async (t) => {
  await run(t, '    # cd / && x=1 && f() { echo "$x $PWD"; }\n\nText\n\n    # f\n    1 /\n');
});

test('output is taken as it comes, also without a newline at its end, and from both descriptors', async (t) => {
  await run(
    t,
    "    # printf a; printf 'b\\nc' >&2\n    ab\n    c\n    # cat\n    # echo d\n    d\n",
  );
});

test('an exit status that the page shows may be any, and is compared', async (t) => {
  const page = (status: number): string => `    # (exit 12)\n    # echo $?\n    ${status}\n`;
  await run(t, page(12));
  await assert.rejects(run(t, page(13)), /the page shows: 13\nbut there was: {2}12/);
});

for (const [what, markdown, message] of [
  ['a command that fails', '    # false\n    # true\n', /x\.md:1: false\nit ended with status 1/],
  ['a changed word', '    # echo one thing\n    one think\n', /the page shows: one think/],
  ['a command that prints less', '    # true\n    text\n', /the page shows: text/],
  ['a mistake in the syntax', '    # if\n', /it ended with status [12]/],
] as const) {
  test(`${what} is found`, async (t) => {
    await assert.rejects(
      run(t, markdown),
      (error) => error instanceof PageMismatch && message.test(error.message),
    );
  });
}

test('another command runs in the place of one, and a place that is not in the page is a mistake', async (t) => {
  const substitution = { command: 'false', instead: 'echo x', why: 'a test' };
  await run(t, '    # false\n    x\n', { substitutions: [substitution] });
  await assert.rejects(
    run(t, '    # true\n', { substitutions: [substitution] }),
    /has no command "false"/,
  );
});

test('names of the page are others in commands and in what they print', async (t) => {
  await run(t, '    # echo https://example.org\n    https://example.org\n', {
    names: [['https://example.org', 'http://localhost']],
  });
});

test('a shell that ends is an error, and not a wait', async (t) => {
  await assert.rejects(run(t, '    # exec true\n'), /the shell ended during: exec true/);
});

const PAGES = readdirSync('docs/howto');

for (const name of PAGES) {
  test(`every block of ${name} is run, or says why not; and its shell is right`, () => {
    const { commands, unrun } = parsePage(readPage(name));
    assert.ok(commands.length > 15, `${commands.length}`);
    assert.ok(unrun.length <= 6, 'the most of it is run');
    for (const { text, line } of commands) {
      const { status, stderr } = spawnSync('bash', ['-n', '-c', text]);
      assert.equal(status, 0, `${name}:${line}: ${String(stderr)}`);
    }
  });
}

/** Its test installs them in a Debian 13 of its own, with apt; Debian 12 has no pkcs11-provider. */
const INSTALLS_ITSELF: ReadonlySet<string> = new Set(['sign-anywhere.md']);

test('the packages that pages install are those that npm test installs', async () => {
  const file = pathToFileURL(join(process.cwd(), 'test/setup/debian-packages.mjs')).href;
  const { debianPackages } = (await import(file)) as { debianPackages: { package: string }[] };
  const known = new Set(debianPackages.map((one) => one.package));
  for (const name of PAGES) {
    const markdown = readPage(name);
    if (!markdown.includes('# apt-get install') || INSTALLS_ITSELF.has(name)) continue;
    for (const wanted of packagesOf(markdown)) assert.ok(known.has(wanted), `${name}: ${wanted}`);
  }
});
