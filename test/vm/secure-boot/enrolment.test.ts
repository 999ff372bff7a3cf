/**
 * A disk that brings the keys of its owner to a machine that has none; and whether the firmware then measures what is said of it before
 * (docs/encryption.md, "Which value of PCR 7").
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectedPcr7 } from '../../../src/deploy/install/encryption/expected-pcr7.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { lacksTpm, startTpm } from '../qemu/tpm.js';
import { lacksSecureBoot } from './lacks.js';
import { bootLoaderOf, goodUki } from './made-uki.js';
import { firmwareWith } from './owner.js';
import { sealedUki } from './sealed-uki.js';
import { pcr7Of, reportOf } from './tiny-report.js';

test(
  'a machine without keys takes those that its disk brings, starts again, is sealed, and measures what was expected',
  { skip: lacksSecureBoot() || lacksTpm() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const disk = DiskEdit.copy(made.disk, scratch);
    disk.write('/state/os/tiny/var/tiny-run', 'pcr7\n');
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: firmwareWith(scratch, []),
      reboots: true,
      tpm: await startTpm(t, join(scratch, 'tpm')),
    });
    await machine.expect(/tiny: ends: poweroff/);
    assert.equal(reportOf(machine).assurance, 'sealed');
    const started = { loader: bootLoaderOf(made), uki: goodUki(made) };
    const expected = expectedPcr7({ kind: 'keys' }, made.owner.directory, started);
    assert.deepEqual(pcr7Of(machine), expected);
  },
);
