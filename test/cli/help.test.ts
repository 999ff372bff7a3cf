/** `rootseal help`: the manual pages as text. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rootseal } from '../helpers/cli.js';

// This file runs from dist/test/cli.
const PAGES = fileURLToPath(new URL('../../../docs/man', import.meta.url));

test('without a topic the page of rootseal itself is shown', () => {
  const { status, stdout } = rootseal(['help']);
  assert.equal(status, 0);
  assert.match(stdout, /^rootseal\(1\) - /);
  assert.match(stdout, /^EXIT STATUS$/m);
});

test('every manual page can be shown, and none of its marks are left', () => {
  const pages = readdirSync(PAGES).filter((name) => name.endsWith('.1.md'));
  assert.ok(pages.length > 15);
  for (const name of pages) {
    const { status, stdout } = rootseal(['help', name.replace(/^rootseal-|\.1\.md$/g, '')]);
    assert.equal(status, 0, name);
    assert.ok(stdout.startsWith(`${name.replace(/\.1\.md$/, '')}(1) - `), name);
    assert.doesNotMatch(stdout, /<!--|^#|\*\*/m, name);
    const prose = stdout.replace(/^ {6}.*$/gm, '');
    assert.doesNotMatch(prose, /[^`]`[\w-]+`[^`]|\b_[A-Z]+_\b/, name);
  }
});

test('examples are shown as they are typed', () => {
  const { stdout } = rootseal(['help', 'rev-parse']);
  assert.match(stdout, /^ +\$ rootseal rev-parse debian\/trixie~1$/m);
});

test('a subcommand is shown on the page of its command', () => {
  assert.equal(rootseal(['help', 'branch', 'set']).stdout, rootseal(['help', 'branch']).stdout);
});

test('with --json the page comes as a document', () => {
  const { stdout } = rootseal(['help', 'init', '--json']);
  const { page, text } = JSON.parse(stdout) as { page: string; text: string };
  assert.equal(page, 'rootseal-init');
  assert.match(text, /^# rootseal-init\(1\)/);
});

for (const topic of [['nothing'], ['../man/rootseal'], ['branch', 'nothing'], ['init', 'a', 'b']]) {
  test(`${topic.join(' ')} is no topic, and the error names it`, () => {
    const { status, stderr, stdout } = rootseal(['help', ...topic]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.ok(stderr.includes(JSON.stringify(topic.join(' '))), stderr);
  });
}

test('help is also a word like others', () => {
  const { status, stderr } = rootseal(['rev-parse', 'help', '--repo', '/nowhere']);
  assert.equal(status, 10);
  assert.match(stderr, /no repository at/);
});
