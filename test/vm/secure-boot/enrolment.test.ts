/** A disk that brings the keys of its owner to a machine that has none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { lacksSecureBoot } from './lacks.js';
import { goodUki } from './made-uki.js';
import { firmwareWith } from './owner.js';
import { sealedUki } from './sealed-uki.js';
import { reportOf } from './tiny-report.js';

const ENTRIES = '/loader/entries';
const UKI = '/uki.efi';

test(
  'a machine without keys takes those that its disk brings, starts again, and is sealed',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const disk = DiskEdit.copy(made.disk, scratch);
    disk.writeToEsp(UKI, goodUki(made));
    const [entry = ''] = disk.listEsp(ENTRIES);
    disk.writeToEsp(`${ENTRIES}/${entry}`, `title it\nefi ${UKI}\n`);
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: firmwareWith(scratch, []),
      reboots: true,
    });
    await machine.expect(/tiny: ends: poweroff/);
    assert.equal(reportOf(machine).assurance, 'sealed');
  },
);
