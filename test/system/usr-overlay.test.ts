/** A writable overlay over a read-only directory, with a real overlayfs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasUsrOverlay, mountUsrOverlay } from '../../src/deploy/verbs/usr-overlay.js';
import { RootsealError } from '../../src/util/errors.js';
import { mountReadOnly, mountTmpfs, reasonForNoMounts } from '../helpers/mounts.js';

const skip = reasonForNoMounts();

test('/usr can be written to, and what lies below does not change', { skip }, (t) => {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-usr-'));
  const [usr, memory] = [join(scratch, 'usr'), join(scratch, 'memory')];
  fs.mkdirSync(join(usr, 'bin'), { recursive: true });
  fs.writeFileSync(join(usr, 'bin/tool'), 'sealed\n');
  fs.chmodSync(usr, 0o751);
  mountTmpfs(t, memory, 1 << 20);
  mountReadOnly(t, usr);
  // Both the overlay and what is below it; then the directory itself. Hooks run in the order in which they were made.
  t.after(() => {
    execFileSync('umount', ['--lazy', usr]);
    fs.rmSync(scratch, { recursive: true });
  });
  assert.throws(() => {
    fs.writeFileSync(join(usr, 'bin/tool'), 'x');
  }, /EROFS/);
  const places = { usr, changes: join(memory, 'changes') };
  assert.equal(hasUsrOverlay(places), false);
  mountUsrOverlay(places);
  assert.equal(hasUsrOverlay(places), true);
  assert.equal(fs.statSync(usr).mode & 0o7777, 0o751);
  fs.writeFileSync(join(usr, 'bin/tool'), 'mine\n');
  fs.writeFileSync(join(usr, 'new'), 'new\n');
  assert.equal(fs.readFileSync(join(usr, 'bin/tool'), 'utf8'), 'mine\n');
  assert.deepEqual(fs.readdirSync(join(memory, 'changes/upper')).sort(), ['bin', 'new']);
  assert.throws(
    () => {
      mountUsrOverlay(places);
    },
    (error) => error instanceof RootsealError && error.code === 'UNCHANGED',
  );
});
