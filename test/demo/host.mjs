/** A day of a host: it is upgraded over HTTP, starts the new system, and goes back to the old one. */
import { AssertionError } from 'node:assert';
import { join } from 'node:path';
import { fleet } from '../../dist/test/vm/qemu/fleet.js';
import { Host, statusOf, untilComplete } from '../../dist/test/vm/qemu/host.js';
import { Publisher } from '../../dist/test/vm/qemu/publisher.js';
import { Unexpected } from './shell.mjs';

/** @throws {Unexpected} when the host does not run what it should */
export async function upgradeAndRollBack(shell) {
  // What tests register here ends with the test.
  const ends = [];
  const scope = { after: (end) => ends.push(end) };
  try {
    await liveThrough(shell, scope);
  } catch (error) {
    if (error instanceof AssertionError) throw new Unexpected(error.message);
    throw error;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function liveThrough(shell, scope) {
  say(
    '(releases 1 and 2 of a small Debian system, and a disk with release 1; made now, or found)\n',
  );
  const { repository } = await timed(shell, 'making releases for a host', () => fleet());
  const publisher = await Publisher.start(scope, repository);
  publisher.publish('v2');
  say(
    '(starting the disk in QEMU, with UEFI firmware and systemd-boot; a web server has release 2)\n',
  );
  const host = await timed(shell, 'booting release 1', async () => {
    const running = await Host.fresh(join(shell.folder, 'host')).start(scope);
    await comeUp(running);
    return running;
  });
  await type(host, 'rootseal status');
  await expectRelease(host, '1');

  await type(host, `rootseal remote add origin http://10.0.2.2:${publisher.port}`);
  await timed(shell, 'upgrading', () => type(host, 'rootseal switch origin/main'));
  await type(host, 'rootseal status');
  await timed(shell, 'rebooting into release 2', () => reboot(host));
  await type(host, 'rootseal status');
  await expectRelease(host, '2');

  await type(host, 'rootseal rollback');
  await timed(shell, 'rebooting into release 1', () => reboot(host));
  await type(host, 'rootseal status');
  await expectRelease(host, '1');
  say('The host is back at release 1, and release 2 is there to be gone back to.');
}

/** Until the boot was found good, or not. */
async function comeUp(host) {
  if (!(await host.agent.ready()))
    throw new Unexpected(`the host does not start:\n${host.machine.console.transcript()}`);
  await untilComplete(host);
}

async function reboot(host) {
  say('host# systemctl reboot\n');
  host.agent.start('systemctl --no-block reboot');
  await comeUp(host);
}

/** Runs a command on the host, in sight. */
async function type({ agent }, command) {
  say(`host# ${command}`);
  say(`${await agent.run(command)}\n`);
}

async function expectRelease(host, release) {
  const { booted, deployments, problems } = await statusOf(host);
  const running = deployments.find(({ id }) => id === booted?.id);
  if (running?.release !== release || running.boots !== 'good' || problems.length > 0)
    throw new Unexpected(`the host should run release ${release}, known to be good`);
}

async function timed(shell, title, work) {
  const start = performance.now();
  const result = await work();
  shell.times.push({ title, seconds: (performance.now() - start) / 1000 });
  return result;
}

function say(text) {
  console.log(text);
}
