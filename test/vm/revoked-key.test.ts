/** What a machine makes of keys that its administrator adds or revokes in /etc: what it takes at once, and what it starts not at all. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { fleet } from './qemu/fleet.js';
import { Host, statusOf } from './qemu/host.js';
import { lacksFirmware } from './qemu/programs.js';
import { Publisher } from './qemu/publisher.js';

test(
  'a machine whose key was revoked in /etc starts what it has, makes nothing the default that the key alone has sealed, and no image that would refuse itself',
  { skip: lacksFirmware() },
  async (t) => {
    const { repository, base } = fleet();
    const publisher = await Publisher.start(t, repository);
    publisher.publish('v2');
    const running = await Host.running(t, scratchDirectory(t, '/var/tmp'));
    const { agent } = running;
    await agent.run(`rootseal remote add site http://10.0.2.2:${publisher.port}`);
    await agent.run('rootseal switch site/main');
    await agent.run('mkdir -p /etc/rootseal/revoked.d /etc/rootseal/keys.d');
    await agent.run(
      'cut -d+ -f1,2 /usr/lib/rootseal/keys.d/first.pub >/etc/rootseal/revoked.d/stolen',
    );
    const refusal =
      /this host refuses the seal .*: signed by first\.example\.org\+[0-9a-f]{8} \(revoked\)/;
    assert.match(await agent.run('rootseal upgrade --check 2>&1', 12), refusal);

    // As in esp.test.ts: what the shutdown did not do is told by a unit that fails.
    agent.start('systemctl --no-block reboot');
    assert.ok(await agent.ready(), running.machine.console.transcript());
    assert.equal(await agent.run('systemctl is-system-running --wait', 1), 'degraded');
    const { booted, deployments, problems } = await statusOf(running);
    assert.equal(booted?.release, '1');
    assert.deepEqual(
      booted.keys.map(({ name }) => name),
      ['first.example.org'],
      'the initramfs decided',
    );
    const [staged] = deployments.filter(({ roles }) => roles.includes('staged'));
    assert.equal(staged?.release, '2');
    assert.match(problems.join('\n'), /did not make 2 the default/);
    assert.match(problems.join('\n'), refusal);

    publisher.publish('v5');
    await agent.run('rootseal undeploy staged');
    const unknown = await agent.run('rootseal switch site/main 2>&1', 12);
    assert.match(unknown, /signed by stranger\.example\.org\+[0-9a-f]{8} \(not known\)/);
    const key = fs.readFileSync(`${base.keyFile('stranger')}.pub`, 'utf8').trim();
    await agent.run(`echo '${key}' >/etc/rootseal/keys.d/stranger.pub`);
    const itself = await agent.run('rootseal switch site/main 2>&1', 12);
    assert.match(itself, /the image itself, at its boot, refuses the seal/);
  },
);
