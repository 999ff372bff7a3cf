/** An EFI system partition that is full, and one on which somebody has deleted what the machine starts from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { fleet } from './qemu/fleet.js';
import { Host, statusOf, untilComplete } from './qemu/host.js';
import { lacksFirmware } from './qemu/programs.js';
import { Publisher } from './qemu/publisher.js';

const NO_SPACE = 16;
/** systemctl(1): some unit has failed. */
const DEGRADED = 1;

/** Leaves not one cluster free: cat writes whole pages, and some clusters of 512 bytes remain. `rm` makes room again. */
const FILL = [
  'cat /dev/zero >/boot/filler',
  'dd if=/dev/zero of=/boot/filler bs=512 oflag=append conv=notrunc',
  'sync /boot',
  'test "$(df --output=avail /boot | tail -n 1)" -eq 0',
].join('; ');

test(
  'a full ESP refuses an upgrade at once and fails a shutdown aloud, and a boot entry that was deleted by hand comes back by repair',
  { skip: lacksFirmware() },
  async (t) => {
    const publisher = await Publisher.start(t, fleet().repository);
    publisher.publish('v2');
    const running = await Host.running(t, scratchDirectory(t, '/var/tmp'));
    const { agent, machine } = running;
    await agent.run(`rootseal remote add origin http://10.0.2.2:${publisher.port}`);
    const before = await statusOf(running);
    assert.deepEqual(before.problems, []);

    await agent.run(FILL);
    const refusal = await agent.run('rootseal switch origin/main', NO_SPACE);
    assert.match(refusal, /the ESP has \d+\.\d MB free, and \d+\.\d MB are needed/);
    assert.equal(publisher.objects, 1, 'only the image was fetched, which says what is to come');
    const after = await statusOf(running);
    assert.deepEqual({ ...after, lastCheck: null }, { ...before, lastCheck: null });
    await agent.run('rm /boot/filler');

    await agent.run('rm /boot/loader/entries/*');
    const broken = await statusOf(running);
    assert.equal(broken.loader.entry, null);
    assert.match(
      broken.problems.join('\n'),
      /boot entry rootseal-debian-trixie-1\.conf is missing/,
    );
    await agent.run('rootseal repair');
    assert.deepEqual((await statusOf(running)).problems, []);

    await agent.run('rootseal switch origin/main');
    await agent.run(FILL);
    agent.start('systemctl --no-block reboot');
    assert.ok(await agent.ready(), machine.console.transcript());
    await agent.run('systemctl is-system-running --wait', DEGRADED);
    await agent.run('systemctl is-failed rootseal-boot-complete.service');
    const said = await agent.run('journalctl -b -o cat -u rootseal-boot-complete.service');
    assert.match(
      said,
      /the staged deployment 2 did not become the default: the ESP has 0 bytes free/,
    );
    const failed = await statusOf(running);
    assert.equal(failed.booted?.id, before.booted?.id);
    assert.equal(failed.roles.default, before.booted?.id);
    assert.notEqual(failed.roles.staged, null, 'it is still staged');
    const noRoom = /the ESP has 0 bytes free, and \d+ bytes are needed/;
    assert.match(failed.finalizeFailure?.error ?? '', noRoom);
    assert.equal(failed.problems.length, 1, failed.problems.join('\n'));
    assert.match(failed.problems[0] ?? '', /did not make 2 the default/);
    assert.match(failed.problems[0] ?? '', noRoom);

    await agent.run('rm /boot/filler');
    agent.start('systemctl --no-block reboot');
    assert.ok(await agent.ready(), machine.console.transcript());
    await untilComplete(running);
    const last = await statusOf(running);
    assert.equal(last.booted?.release, '2');
    assert.deepEqual([last.finalizeFailure, last.interrupted, last.problems], [null, null, []]);
    machine.stop();
  },
);
