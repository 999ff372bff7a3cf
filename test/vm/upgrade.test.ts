/** A day of a host: installed, upgraded over HTTP, rolled back; and what it must not take is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireDocument } from '../helpers/schema.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { fleet } from './qemu/fleet.js';
import { Host, restart, statusOf, untilComplete, type Running } from './qemu/host.js';
import { installedDisk } from './qemu/install.js';
import { lacksFirmware } from './qemu/programs.js';
import { Publisher } from './qemu/publisher.js';
import { cannotRunUml } from './uml/bench.js';

/** Release of the deployment that has a role. */
async function releaseOf(running: Running, role: string): Promise<string | undefined> {
  const { deployments } = await statusOf(running);
  return deployments.find(({ roles }) => roles.some((one) => one === role))?.release;
}

test(
  'a host is installed, upgraded, keeps what was edited in /etc, and is rolled back',
  { skip: lacksFirmware() || cannotRunUml },
  async (t) => {
    const publisher = await Publisher.start(t, fleet().repository);
    publisher.publish('v1');
    const disk = await installedDisk(t, 'v1', `http://10.0.2.2:${publisher.port}`);
    const running = await Host.fresh(scratchDirectory(t, '/var/tmp'), disk).start(t);
    const { agent, machine } = running;
    assert.ok(await agent.ready(), machine.console.transcript());
    await untilComplete(running);
    const first = await statusOf(running);
    assert.equal(first.booted?.assurance, 'verified');
    assert.equal(first.deployments[0]?.boots, 'good', 'the first boot was blessed');
    assert.deepEqual(first.problems, []);

    await agent.run('rootseal upgrade', 77);
    publisher.publish('v2');
    await agent.run('echo mine >/etc/mine; echo edited >/etc/from-image');
    // As the timer does it, in the sandbox of the unit.
    await agent.run('systemctl start rootseal-upgrade.service');
    assert.equal(await releaseOf(running, 'staged'), '2');
    assert.equal(await releaseOf(running, 'default'), '1');
    // After it was staged: /etc is merged as it is at shutdown.
    await agent.run('echo late >/etc/late; echo keep >/var/keep');

    await restart(running);
    const second = await statusOf(running);
    assert.equal(await agent.run('cat /usr/lib/release'), 'v2');
    assert.equal(second.booted?.release, '2');
    assert.equal(await agent.run('cat /etc/mine /etc/late /var/keep'), 'mine\nlate\nkeep');
    assert.equal(await agent.run('cat /etc/new-in-v2'), 'new');
    assert.equal(await agent.run('cat /etc/from-image'), 'edited', 'an edited file stays');
    const [deployed] = second.deployments;
    assert.equal(deployed?.boots, 'good', 'blessed without anybody');
    assert.match(deployed.conflicts[0]?.path ?? '', /^\/etc\/from-image$/);
    assert.equal(deployed.entry?.triesLeft, null);
    assert.deepEqual(second.problems, [
      '1 conflict in /etc of 2: look, and then `rootseal etc settle`',
    ]);
    await agent.run('rootseal etc settle');
    assert.deepEqual((await statusOf(running)).problems, []);
    assert.equal(await agent.run('systemctl --failed --no-legend --plain'), '');

    const before = await statusOf(running);
    publisher.publish('v5');
    const stranger = await agent.run('rootseal upgrade 2>&1', 12);
    assert.match(stranger, /the seal of commit [0-9a-f]{64} is refused/);
    publisher.publish('v0');
    const old = await agent.run('rootseal upgrade 2>&1', 12);
    assert.match(old, /is too old/);
    assert.deepEqual({ ...(await statusOf(running)) }, before, 'nothing changed');

    assert.match(await agent.run('rootseal rollback'), /^debian-trixie 1 .* is the default/);
    await restart(running);
    const third = await statusOf(running);
    assert.equal(third.booted?.release, '1');
    assert.equal(await agent.run('cat /etc/mine /etc/from-image'), 'mine\nedited');
    await agent.run('test ! -e /etc/new-in-v2');
    assert.equal(await agent.run('cat /var/keep'), 'keep', "/var is the host's");
    assert.equal(await releaseOf(running, 'rollback'), '2');
    assert.deepEqual(third.problems, []);
    // A boot that is not on trial goes on. Last, /usr is not the image's any more.
    const given = 'rootseal boot-failed --reason nothing --json 2>/dev/null';
    requireDocument('boot-failed', await agent.run(given));
    requireDocument('directory', await agent.run('rootseal usr-overlay --json 2>/dev/null'));
    await agent.run('touch /usr/written');
    machine.stop();
  },
);
