/** A whole HTML document in one file, which loads nothing and runs nothing (Content Security Policy Level 3). */
import { createHash } from 'node:crypto';
import { element, escapeText, type Html } from './element.js';

export interface Page {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  /** CSS, ours: it must not have `</`. */
  readonly style: string;
  /** What is in `body`. */
  readonly body: Html;
}

/** The bytes of a page, with a final newline. Its policy forbids all but the style, which it names by hash. */
export function printPage({ language, title, style, body }: Page): string {
  if (style.includes('</')) throw new TypeError('the style would end before its end');
  const head = [
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policyFor(style) }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'color-scheme', content: 'light dark' }),
    element('meta', { name: 'referrer', content: 'no-referrer' }),
    element('title', {}, title),
  ];
  const lines = [
    '<!DOCTYPE html>',
    `<html lang="${escapeText(language)}">`,
    `<head>${head.map(({ markup }) => markup).join('\n')}`,
    `<style>${style}</style></head>`,
    element('body', {}, body).markup,
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function policyFor(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}
