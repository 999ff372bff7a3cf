/** Fragments of the changelog, and how a release is made of them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Fragment {
  readonly section: string;
  readonly text: string;
}
const file = path.join(process.cwd(), 'bin/changelog.mjs');
const { parseFragment, readFragments, addRelease } = (await import(pathToFileURL(file).href)) as {
  parseFragment: (name: string, markdown: string) => Fragment;
  readFragments: (root: string) => readonly Fragment[];
  addRelease: (
    changelog: string,
    fragments: readonly Fragment[],
    release: { readonly version: string; readonly date: string },
  ) => string;
};

test('every fragment of this checkout can be part of a release', () => {
  const fragments = readFragments(process.cwd());
  for (const { text } of fragments) assert.match(text, /[.…]$/);
});

for (const [what, name, markdown, expected] of [
  ['another section', 'a.md', '# Improved\n\nText.\n', /"Improved" is not one of Added/],
  ['no heading', 'a.md', 'Text.\n', /expected "# SECTION"/],
  ['no text', 'a.md', '# Fixed\n\n', /one paragraph/],
  ['two paragraphs', 'a.md', '# Fixed\n\nOne.\n\nTwo.\n', /one paragraph/],
  ['a list', 'a.md', '# Fixed\n\n- One.\n', /without lists/],
  ['a name with capitals', 'A.md', '# Fixed\n\nText.\n', /lower-case words/],
  ['a file of an editor', 'a.md~', '# Fixed\n\nText.\n', /lower-case words/],
] as const)
  test(`a fragment with ${what} is refused, and the message names it`, () => {
    assert.throws(
      () => parseFragment(name, markdown),
      (error: Error) =>
        error.message.includes(`unreleased/${name}`) && expected.test(error.message),
    );
  });

const FRAGMENTS = [
  parseFragment('b.md', '# Fixed\n\nA longer\nsentence.\n'),
  parseFragment('a.md', '# Added\n\nOne.\n'),
  parseFragment('c.md', '# Fixed\n\nAnother.\n'),
];
const RELEASE = { version: '1.2.0', date: '2026-11-30' };

test('a release comes before the others, with its sections in order', () => {
  const text = addRelease('# Changelog\n\nWords.\n\n## [1.1.0] - 2026-01-01\n', FRAGMENTS, RELEASE);
  assert.equal(
    text,
    `# Changelog

Words.

## [1.2.0] - 2026-11-30

### Added

- One.

### Fixed

- A longer
  sentence.
- Another.

## [1.1.0] - 2026-01-01
`,
  );
});

test('the first release comes after the introduction', () => {
  const text = addRelease('# Changelog\n', [FRAGMENTS[1]!], RELEASE);
  assert.equal(text, '# Changelog\n\n## [1.2.0] - 2026-11-30\n\n### Added\n\n- One.\n');
});

for (const [what, changelog, fragments, version] of [
  ['a version that there is', '# C\n\n## [1.2.0] - 2026-01-01\n', FRAGMENTS, '1.2.0'],
  ['no changes', '# C\n', [], '1.2.0'],
  ['something that is not a version', '# C\n', FRAGMENTS, 'v1.2'],
] as const)
  test(`a release with ${what} is refused`, () => {
    assert.throws(() => addRelease(changelog, fragments, { version, date: '2026-11-30' }));
  });
