/** `rootseal doctor` where the kernel has fs-verity. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { rootseal } from '../../../helpers/cli.js';
import { TestRepository } from '../../../helpers/repository.js';

test('doctor finds fs-verity, overlayfs with its options, and EROFS', (t) => {
  const { path } = TestRepository.make(t);
  const { stdout } = rootseal(['doctor', '--for', 'host', '--repo', path, '--json']);
  const { checks } = JSON.parse(stdout) as {
    checks: readonly { name: string; result: string; found: string }[];
  };
  const results = Object.fromEntries(checks.map(({ name, result }) => [name, result]));
  const { erofs, overlayfs, loop } = results;
  assert.deepEqual({ erofs, overlayfs, loop }, { erofs: 'ok', overlayfs: 'ok', loop: 'ok' });
  assert.equal(results['overlayfs-verity'], 'ok');
  assert.equal(results['fs-verity'], 'ok');
  const { found } = checks.find(({ name }) => name === 'fs-verity') ?? {};
  assert.equal(found, `${process.env['ROOTSEAL_UML_FILE_SYSTEM'] ?? ''} at ${path}`);
  assert.ok(path.startsWith(tmpdir()));
});
