/** What reaches standard output and standard error, and in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePaint } from '../../../src/cli/render/color.js';
import { shownText, Streams } from '../../../src/util/streams.js';

/** Erases the line and what a narrower terminal made of it, from its beginning, where the cursor waits. */
const ERASE = '\r\u001b[J';
const shown = (text: string): string => `\r${text}\u001b[J\r`;

/** All that was written, results in brackets, as one terminal would get it. */
function terminal(): { streams: Streams; text: () => string } {
  let written = '';
  const streams = new Streams({
    out: (bytes) => {
      written += `<${Buffer.from(bytes).toString('utf8')}>`;
      return Promise.resolve();
    },
    err: (text) => {
      written += text;
    },
  });
  return { streams, text: () => written };
}

test('the progress line is erased before a result, a note or an error, and once', async () => {
  const { streams, text } = terminal();
  streams.progress('ingest: 98 % of 291.6 MB');
  await streams.result('result\n');
  await streams.result('more\n');
  streams.progress('gc: 1 objects');
  streams.line('note');
  assert.equal(
    text(),
    `${shown('ingest: 98 % of 291.6 MB')}${ERASE}<result\n><more\n>${shown('gc: 1 objects')}${ERASE}note\n`,
  );
});

test('a line keeps the spaces at its beginning, and is one line', () => {
  const { streams, text } = terminal();
  streams.line('to be sealed:');
  streams.line('  name:  \t example-os\n  ');
  assert.equal(text(), 'to be sealed:\n  name:    example-os\n');
});

test('a result that goes elsewhere leaves the progress line where it is', async () => {
  let written = '';
  const streams = new Streams({
    out: () => Promise.resolve(),
    err: (text) => {
      written += text;
    },
    outIsElsewhere: () => true,
  });
  streams.progress('x');
  await streams.result('chunk');
  assert.equal(written, shown('x'));
  assert.deepEqual([streams.isProgressShown, streams.isResultShown], [true, false]);
  streams.eraseProgress();
  assert.equal(written, `${shown('x')}${ERASE}`);
});

test('our own colours reach a terminal, and those in the text of others do not', () => {
  const paint = choosePaint(true, true, {});
  const colours = shownText(paint('bad', 'text with \u001b[32mtheir colour'));
  assert.equal(colours, '\u001b[31mtext with \\x1b[32mtheir colour\u001b[39m');
});

test('a note with line breaks of others is one line', () => {
  const { streams, text } = terminal();
  streams.line('a\nerror: forged\u2028b');
  assert.equal(text(), 'a error: forged\\xe2\\x80\\xa8b\n');
});

test('bytes of a content are written as they are', async () => {
  const { streams, text } = terminal();
  await streams.result(Buffer.from('\u001b[31m'));
  assert.equal(text(), '<\u001b[31m>');
});

for (const [code, isText, expected] of [
  ['ENOSPC', true, { code: 'NO_SPACE', message: 'standard output: no space left on the device' }],
  ['EDQUOT', false, { code: 'NO_SPACE', message: 'standard output: the quota is used up' }],
  ['EIO', true, { code: 'FAILED', message: /^standard output: input\/output error/ }],
  ['EPIPE', false, { code: 'FAILED', message: /^standard output: the reader has gone/ }],
  ['EPIPE', true, undefined],
  ['ERR_STREAM_DESTROYED', true, undefined],
] as const) {
  test(`${code} for ${isText ? 'text' : 'bytes'} is ${expected === undefined ? 'no failure' : expected.code}`, async () => {
    const error = Object.assign(new Error(`${code}: x, write`), { code, syscall: 'write' });
    const streams = new Streams({ out: () => Promise.reject(error), err: () => undefined });
    const written = streams.result(isText ? 'text' : Buffer.from('bytes'));
    if (expected === undefined) await written;
    else await assert.rejects(written, expected);
  });
}
