/**
 * Whatever others call their files, keys, kernels and arguments: on the page it is text of the element that it stands in. The parser is
 * one of browsers (parse5, the WHATWG HTML parsing algorithm), not ours.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { renderReport } from '../../src/cli/render/report/report-page.js';
import { nameProblem } from '../../src/formats/tree/names.js';
import { ascii, fromText, toDisplay } from '../../src/util/bytes.js';
import { escapeCharacter } from '../../src/util/printable.js';
import { byteString } from '../helpers/arbitrary-tree.js';
import { PLAIN, sampleFacts, type Names } from '../helpers/report-facts.js';

type Node = DefaultTreeAdapterTypes.ChildNode;

interface Parsed {
  /** Elements and names of attributes, without text. */
  readonly shape: string;
  readonly text: string;
  readonly values: readonly string[];
}

function parsePage(page: string): Parsed {
  const errors: string[] = [];
  const document = parse(page, { onParseError: ({ code }) => errors.push(code) });
  assert.deepEqual(errors, []);
  const shape: string[] = [];
  const text: string[] = [];
  const values: string[] = [];
  const open: Node[] = [...document.childNodes].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('value' in node) text.push(node.value);
    if (!('tagName' in node)) continue;
    shape.push(
      `${node.tagName}[${node.attrs.map(({ name }) => name).join()}]${node.childNodes.length > 0 ? '' : '/'}`,
    );
    values.push(...node.attrs.map(({ value }) => value));
    open.push(...[...node.childNodes].reverse());
  }
  return { shape: shape.join('\n'), text: text.join(''), values };
}

const PLAIN_PAGE = parsePage(renderReport(sampleFacts(PLAIN), '1'));

/** Not line feeds and tabs: they lay out the source. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

function requireHarmless(names: Names): void {
  const page = renderReport(sampleFacts(names), '1');
  const { shape, text, values } = parsePage(page);
  assert.equal(shape, PLAIN_PAGE.shape);
  assert.deepEqual(values, PLAIN_PAGE.values);
  assert.doesNotMatch(page, HIDDEN);
  const shown = toDisplay(names.file).replaceAll(/\p{Noncharacter_Code_Point}/gu, escapeCharacter);
  assert.ok(text.includes(`/${shown}`), shown);
}

const EVIL = [
  '</script><script>alert(1)</script>',
  '</code></td></tr></table><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onfocus='alert(1)",
  '<!--',
  '-->',
  ']]>',
  '<![CDATA[',
  '&lt;b&gt;&amp;&#x202e;&nbsp;',
  '</style>',
  '<plaintext>',
  '\u202egnp.exe',
  '\u2066\u200b\ufeff\u00ad',
  '\ud800',
  '\ufffe\u{1ffff}',
  '\u001b[31m\u0000\u0007\u009b',
  '\u0301\u0489'.repeat(40),
  'שלום عربى',
  'javascript:alert(1)',
  'x'.repeat(255),
];

for (const evil of EVIL)
  test(`${JSON.stringify(evil.slice(0, 60))} stays text`, () => {
    const name = fromText(evil.replaceAll(/[/\0]/g, '_')).slice(0, 255);
    requireHarmless({ file: ascii(name), text: evil });
  });

test('bytes that are no UTF-8 stay text', () => {
  requireHarmless({ file: ascii('\xff<\xfe>\x80"'), text: 'x' });
});

test('no name breaks out of its element', () => {
  const file = byteString(255).filter((name) => nameProblem(name) === undefined);
  const markup = fc.constantFrom(
    '<',
    '>',
    '&',
    '"',
    "'",
    '/',
    '=',
    '!',
    '--',
    ';',
    '#',
    'script',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc
      .array(fc.oneof(markup, fc.string()), { minLength: 1, maxLength: 20 })
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(fc.record({ file, text: text.filter((one) => one !== '') }), requireHarmless),
    { numRuns: 60 },
  );
});
