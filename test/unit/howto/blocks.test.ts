/** How a how-to page is read: commands, what they print, here-documents, and blocks that are not run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageError, parsePage } from '../../howto/blocks.js';

test('a line with a prompt is a command, and the lines after it are what it prints', () => {
  const { commands } = parsePage('Text.\n\n    # ls\n    a\n      b\n    # true\n\nMore.\n');
  assert.deepEqual(commands, [
    { line: 3, text: 'ls', shown: ['a', '  b'] },
    { line: 6, text: 'true', shown: [] },
  ]);
});

test('an empty line within an output belongs to it, and one before the next command does not', () => {
  const { commands } = parsePage('    # show\n    a\n\n    b\n\n    # true\n');
  assert.deepEqual(commands[0]?.shown, ['a', '', 'b']);
  assert.equal(commands[1]?.text, 'true');
});

test('a here-document and a line that ends in a backslash are one command', () => {
  const [here, long] = parsePage(
    "    # cat >f <<'E'\n    # not a command\n    text\n\n    E\n    out\n    # a \\\n        b\n    # c\n",
  ).commands;
  assert.equal(here?.text, "cat >f <<'E'\n# not a command\ntext\n\nE");
  assert.deepEqual(here.shown, ['out']);
  assert.equal(long?.text, 'a \\\n    b');
});

test('a block with a comment is not run, and the comment says why', () => {
  const page = parsePage(
    '<!-- not run: it needs two machines -->\n\n    # rsync\n\nText\n\n    # ls\n',
  );
  assert.deepEqual(page.unrun, [{ line: 3, why: 'it needs two machines' }]);
  assert.deepEqual(
    page.commands.map(({ text }) => text),
    ['ls'],
  );
});

for (const [what, markdown, message] of [
  ['a block without a prompt', 'Text\n\n    ls\n', /line 3: neither a command/],
  ['a command of an ordinary user', '    $ ls\n', /line 1: neither a command/],
  ['a fenced block', '```\n# ls\n```\n', /line 1: .* not fenced/],
  [
    'a here-document without an end',
    '    # cat <<E\n    text\n',
    /line 1: the command does not end/,
  ],
  [
    'a comment with no block after it',
    '<!-- not run: x -->\n\nText\n',
    /line 3: a block must follow/,
  ],
] as const) {
  test(`${what} is a mistake in the page`, () => {
    assert.throws(
      () => parsePage(markdown),
      (error) => error instanceof PageError && message.test(error.message),
    );
  });
}
