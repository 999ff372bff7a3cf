import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { element } from '../../../../src/formats/html/element.js';
import { printPage } from '../../../../src/formats/html/page.js';

const PAGE = { language: 'en', title: 'A <title>', style: 'p{color:red}', body: element('p') };

test('the policy of a page allows its own style, by the hash of it, and nothing else', () => {
  const page = printPage(PAGE);
  const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  assert.equal(
    policy,
    `default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;`,
  );
  assert.match(page, /<title>A &lt;title&gt;<\/title>/);
  assert.match(page, /^<!DOCTYPE html>\n<html lang="en">/);
});

test('a style that would end its element is refused', () => {
  assert.throws(() => printPage({ ...PAGE, style: '</style><script>' }), TypeError);
});
