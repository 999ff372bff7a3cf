/** The first hour: what `npm test` and `npm run demo` do on a machine that has Node and npm alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareRoot, reasonForNoBareRoot } from '../helpers/bare-root.js';

const skip = reasonForNoBareRoot();

const SET_UP = {
  tests: {
    command: ['npm', 'test', '--', '--set-up'],
    last: 'Tests that would be skipped: 0. Debian packages that are missing: 0.',
  },
  demo: {
    command: ['npm', 'run', 'demo', '--', '--set-up'],
    last: 'The demo would do all it sets out to do.',
  },
};

// Each finds a bare machine once.
for (const [suite, order] of [
  ['trixie', ['demo', 'tests']],
  ['bookworm', ['tests', 'demo']],
] as const) {
  test(`in a bare ${suite} neither tests nor demo would skip anything`, { skip }, async (t) => {
    const { run } = await bareRoot(t, suite);
    for (const name of order) {
      const { command, last } = SET_UP[name];
      const { status, output } = run(...command);
      assert.equal(output.trimEnd().split('\n').at(-1), last, output);
      assert.equal(status, 0, output);
    }
    // A given kernel for User Mode Linux is not built, but it could be.
    assert.match(run('apt-cache', 'policy', 'linux-source-6.12').output, /Candidate: 6\.12\./);
    // The clone is below root's home, and `/` is not a mount point: both are in the way of these.
    const becoming = '--test-name-pattern=somebody in an empty environment';
    const { status, output } = run(
      'node',
      '--test',
      becoming,
      'dist/test/system/disk-build.test.js',
    );
    assert.match(output, /^# pass 1$/m, output);
    assert.equal(status, 0, output);
  });
}
