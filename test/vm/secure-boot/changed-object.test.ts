/**
 * What sealed means for files: an object that was changed on the disk is never read, at no start, with nobody having to look for it.
 * Whoever has the disk in their hands changes it, since a running system cannot write to a file with fs-verity.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { objectOf, objectPath } from '../qemu/objects.js';
import { arrange } from './attempts.js';
import { lacksSecureBoot } from './lacks.js';
import { bootLoaderOf, goodUki } from './made-uki.js';
import { sealedUki } from './sealed-uki.js';
import { reportOf } from './tiny-report.js';

/** What is damaged, and how. */
const WITHOUT_VERITY = '/usr/share/tiny/large';
const WITH_VERITY = '/usr/share/tiny/page';
const STARTS = 2;

test(
  'on a sealed machine an object that was changed on the disk is an error to read, at every start',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const disk = DiskEdit.copy(made.disk, scratch);
    const placeOf = (path: string): string => objectPath(objectOf(made, path));
    const contentOf = (path: string): Buffer => fs.readFileSync(join(made.tree, path));
    disk.write(placeOf(WITHOUT_VERITY), contentOf(WITHOUT_VERITY));
    disk.writeWithVerity(placeOf(WITH_VERITY), contentOf(WITH_VERITY).fill('x', 0, 1));
    const flipped = `/usr/lib/modules/${made.release}/vmlinuz`;
    disk.flip(placeOf(flipped), 300_000);
    disk.write('/state/os/tiny/var/tiny-run', 'read-all,reboot\n');
    const good = { name: 'good', program: goodUki(made) };
    const options = arrange(disk, [good], {}, bootLoaderOf(made));
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: made.owner.firmware(scratch, options),
      reboots: true,
    });
    let from = 0;
    for (let start = 0; start < STARTS; start++) {
      const line = await machine.expect(/tiny: ends: reboot/, from);
      from = machine.console.lines.indexOf(line) + 1;
      assert.equal(reportOf(machine, start).assurance, 'sealed');
    }
    machine.stop();
    for (const path of [WITHOUT_VERITY, WITH_VERITY, flipped]) {
      const said = machine.console.all(
        new RegExp(`tiny: read-error .*/${basename(path)}: .*/output error`),
      );
      assert.equal(said.length, STARTS, path);
    }
    const sums = machine.console.all(/tiny: read-all \d+ files, 3 errors, 0 wrong/);
    assert.equal(sums.length, STARTS);
  },
);
