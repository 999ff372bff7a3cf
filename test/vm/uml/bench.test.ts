/** The bench itself. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { cannotRunUml, makeDisk, runInUml } from './bench.js';

const skip = cannotRunUml;

test('the exit status and the output of a command come back', { skip }, async (t) => {
  const result = await runInUml(t, { command: 'echo from the guest; exit 7' });
  assert.equal(result.status, 7, result.console);
  assert.match(result.console, /^ *\d+\.\d from the guest$/m);
});

test('what is written to a disk and to the exchange folder stays', { skip }, async (t) => {
  const exchange = scratchDirectory(t);
  const disk = makeDisk(join(scratchDirectory(t), 'disk'), 'ext4', 64);
  const mounted = 'mkdir /mnt/disk && mount -t ext4 /dev/ubda /mnt/disk';
  const first = `${mounted} && echo kept >/mnt/disk/file`;
  assert.equal((await runInUml(t, { command: first, disks: [disk] })).status, 0);
  const second = `${mounted} && cp /mnt/disk/file /mnt/exchange/`;
  assert.equal((await runInUml(t, { command: second, disks: [disk], exchange })).status, 0);
  assert.equal(fs.readFileSync(join(exchange, 'file'), 'utf8'), 'kept\n');
});

test("the guest cannot write to the host's files", { skip }, async (t) => {
  const directory = scratchDirectory(t, '/var/tmp');
  const command = `! touch '${directory}/file' && ! touch package.json`;
  const result = await runInUml(t, { command });
  assert.equal(result.status, 0, result.console);
  assert.deepEqual(fs.readdirSync(directory), []);
});

test(
  'a guest that does not end in time says where its processes stand and ends, without a status',
  { skip },
  async (t) => {
    const result = await runInUml(t, { command: 'sleep 1000', timeoutSeconds: 10 });
    assert.equal(result.status, undefined);
    assert.match(result.console, /time limit of 10 s/);
    assert.match(result.console, /uml: process \d+: sleep 1000\n.* in \w+, \d+ \(sleep\) S /);
    assert.match(result.console, /Power down/);
  },
);

test(
  'one that does not even do that is ended, with what the host knows of it',
  { skip },
  async (t) => {
    const command = 'echo all stop; kill -STOP -1; sleep 1000';
    const result = await runInUml(t, { command, timeoutSeconds: 10, graceSeconds: 2 });
    assert.match(result.console, /all stop/);
    assert.equal(result.status, undefined);
    assert.doesNotMatch(result.console, /time limit|Power down/);
    assert.match(
      result.console,
      /it did not end by itself\n.*its processes on the host\n.* stat: \d+ \(/,
    );
  },
);
