import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, escapeText, together } from '../../../../src/formats/html/element.js';

test('text and values of attributes are escaped, elements are not', () => {
  const inner = element('b', { title: `a"b'<c>&` }, '<i>&"');
  assert.equal(inner.markup, '<b title="a&quot;b&#39;&lt;c&gt;&amp;">&lt;i&gt;&amp;&quot;</b>');
  assert.equal(element('p', {}, ['x', inner]).markup, `<p>x${inner.markup}</p>`);
  assert.equal(together([undefined, '<', undefined]).markup, '&lt;');
});

test('an attribute can have no value, or not be there', () => {
  assert.equal(
    element('details', { open: true, id: undefined, hidden: false, tabindex: -1 }, '').markup,
    '<details open tabindex="-1"></details>',
  );
});

test('elements without content have no end tag', () => {
  assert.equal(element('meta', { charset: 'utf-8' }).markup, '<meta charset="utf-8">');
  assert.equal(element('rect', { x: 1 }).markup, '<rect x="1"/>');
});

test('what is not seen is shown: controls, bidirectional controls, what is no character', () => {
  assert.equal(escapeText('a\u001b\u202eb\u200b'), 'a\\x1b\\xe2\\x80\\xaeb\\xe2\\x80\\x8b');
  assert.equal(
    escapeText('\ufffe\ufdd0\u{1ffff}'),
    '\\xef\\xbf\\xbe\\xef\\xb7\\x90\\xf0\\x9f\\xbf\\xbf',
  );
  assert.equal(escapeText('two\nlines\t'), 'two\nlines\t');
  assert.equal(escapeText('ä日本'), 'ä日本');
});
