/** A kernel that really panics, once and always. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { cannotRunUml, makeDisk, runInUml, type UmlRun } from './bench.js';

const skip = cannotRunUml;

/** A guest without much memory that panics when there is no more of it. */
const FILL_MEMORY = `echo 2 >/proc/sys/vm/panic_on_oom
mkdir /mnt/memory && mount -t tmpfs -o size=100% tmpfs /mnt/memory
cat /dev/zero >/mnt/memory/file
echo still there`;
const MEMORY_MIB = 64;

/** What a test said with `diagnostic`, which is said too. */
function listen(t: TestContext): string[] {
  const said: string[] = [];
  const diagnostic = t.diagnostic.bind(t);
  t.mock.method(t, 'diagnostic', (message: string) => {
    said.push(message);
    diagnostic(message);
  });
  return said;
}

/** Counts its runs in the file `runs` of the exchange folder, on the disk and in a new file, and panics for so many. */
function panicking(
  t: TestContext,
  times: number,
): Required<Pick<UmlRun, 'disks' | 'exchange'>> & UmlRun {
  const exchange = scratchDirectory(t);
  fs.writeFileSync(join(exchange, 'runs'), '');
  const command = `mkdir /mnt/disk && mount -t ext4 /dev/ubda /mnt/disk || exit
echo run >>/mnt/exchange/runs
echo run >>/mnt/exchange/new
echo run >>/mnt/disk/file && sync
test $(wc -l </mnt/exchange/runs) -gt ${times} && { cp /mnt/disk/file /mnt/exchange; exit 5; }
${FILL_MEMORY}`;
  const disks = [makeDisk(join(scratchDirectory(t), 'disk'), 'ext4', 64)];
  return { command, disks, exchange, memoryMib: MEMORY_MIB };
}

test(
  'after a panic the run is repeated with the disks and the folder as they were, and told',
  { skip },
  async (t) => {
    const said = listen(t);
    const run = panicking(t, 1);
    const { status, console } = await runInUml(t, run);
    assert.equal(status, 5, console);
    const read = (name: string): string => fs.readFileSync(join(run.exchange, name), 'utf8');
    assert.equal(read('runs'), 'run\nrun\n');
    assert.equal(read('new'), 'run\n');
    assert.equal(read('file'), 'run\n');
    assert.match(said[0] ?? '', /^the kernel of the bench panicked: .*; the run is repeated$/);
    assert.match(said[1] ?? '', /^Kernel panic - not syncing: /);
    assert.equal(said.filter((line) => line.includes('repeated')).length, 1);
  },
);

test('a kernel that panics each time fails the test, with its console', { skip }, async (t) => {
  const run = panicking(t, 100);
  await assert.rejects(runInUml(t, run), (error: Error) => {
    assert.match(error.message, /^the kernel of the bench panicked: .*, 3 times\n/);
    assert.match(error.message, /^ *\d+\.\d Kernel panic - not syncing: /m);
    return true;
  });
  assert.equal(fs.readFileSync(join(run.exchange, 'runs'), 'utf8'), 'run\n'.repeat(3));
});
