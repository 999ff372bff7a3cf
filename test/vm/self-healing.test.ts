/** Releases that do not work: the machine gets back to a good one with no hand on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDirectory } from '../helpers/scratch.js';
import { fleet } from './qemu/fleet.js';
import { Host, statusOf, untilComplete, type Running } from './qemu/host.js';
import { lacksFirmware } from './qemu/programs.js';
import { Publisher } from './qemu/publisher.js';

const LOOK_EVERY_MS = 200;

/** Stages what the origin has and restarts; waits until `image` was started again, and its boot found good. */
async function tryRelease(running: Running, image: string): Promise<void> {
  const { agent, machine } = running;
  await agent.run('rootseal switch origin/main');
  const started = () => machine.console.all(new RegExp(`rootseal: verified ${image} `)).length;
  const before = started();
  agent.start('systemctl --no-block reboot');
  while (started() === before) {
    assert.ok(!machine.hasEnded, machine.console.transcript());
    await sleep(LOOK_EVERY_MS);
  }
  agent.forget();
  assert.ok(await agent.ready(), machine.console.transcript());
  await untilComplete(running);
}

async function expectBad(running: Running, release: string, reason: RegExp): Promise<void> {
  const status = await statusOf(running);
  assert.equal(status.booted?.release, '1');
  const bad = status.deployments.find((one) => one.release === release);
  assert.equal(bad?.boots, 'bad');
  assert.match(bad.failure?.reason ?? '', reason);
  assert.equal(bad.entry?.triesLeft, 0, 'it is kept for inspection');
  assert.ok(!bad.roles.includes('default') && !bad.roles.includes('rollback'));
  assert.deepEqual(status.problems, [
    `release ${release} of debian-trixie failed here: this machine stays on 1`,
  ]);
  await running.agent.run('rootseal switch origin/main', 18);
}

test(
  'a release that panics, one that fails a health check and one that hangs lead back to the good one, and are not staged again',
  { skip: lacksFirmware() },
  async (t) => {
    const publisher = await Publisher.start(t, fleet().repository);
    const running = await Host.running(t, scratchDirectory(t, '/var/tmp'));
    const { agent, machine } = running;
    const { booted } = await statusOf(running);
    const image = booted?.image ?? '';
    await agent.run(`rootseal remote add origin http://10.0.2.2:${publisher.port}`);

    publisher.publish('v3');
    await tryRelease(running, image);
    assert.equal(machine.console.all(/Kernel panic/).length, 3, 'it had three tries');
    await expectBad(running, '3', /did not finish booting in 3 tries/);

    publisher.publish('v4');
    await tryRelease(running, image);
    await expectBad(running, '4', /10-fails/);

    publisher.publish('v6');
    await tryRelease(running, image);
    await expectBad(running, '6', /boot-complete\.target was not reached in time/);
    machine.stop();
  },
);
