/**
 * The life of a sealed Debian, on one disk: installed with a unified kernel image, upgraded, rolled back, led past a release that
 * does not boot, and attacked by somebody who has its disk in their hands. Each test goes on where the one before ended.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { Agent } from '../qemu/agent.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { statusOf, type Running } from '../qemu/host.js';
import { installToDisk } from '../qemu/install.js';
import { Machine, type Firmware } from '../qemu/machine.js';
import { objectOf, objectPath } from '../qemu/objects.js';
import { Publisher } from '../qemu/publisher.js';
import { cannotRunUml } from '../uml/bench.js';
import { bringBackOld, overwriteScript, tryOld } from './changed-disk.js';
import { lacksSecureBoot } from './lacks.js';
import { firmwareWith } from './owner.js';
import { sealedFleet } from './sealed-fleet.js';

/** Files of all releases that nothing reads at a start; what becomes of the object of each. */
const FLIPPED = '/usr/bin/ssh';
const WITHOUT_VERITY = '/usr/share/common-licenses/GPL-2';
const WITH_VERITY = '/usr/share/common-licenses/GPL-3';
/** In the object of the first one. */
const FLIPPED_BLOCK = 10;
const BLOCK_SIZE = 4096;

type Started = Omit<Running, 'host'>;

async function start(t: TestContext, disk: string, firmware: Firmware): Promise<Started> {
  const port = join(scratchDirectory(t), 'port');
  const more = { keep: true, reboots: true, memoryMib: 1024, network: true };
  const machine = Machine.start(t, { disk, firmware, port, ...more });
  return { machine, agent: await Agent.connect(port, machine) };
}

/**
 * Asks again and again, where `--wait` would do it once: that one speaks over the bus, which is not there yet when the agent is.
 */
const UNTIL_STARTED = `
while state=$(systemctl is-system-running); [ "$state" = initializing ] || [ "$state" = starting ]
do sleep 1; done
systemctl --failed --no-legend --plain
[ "$state" = running ]`;

/** Waits until nothing is left to be started: the boot was found good, or was not. */
async function untilStarted({ agent, machine }: Started): Promise<void> {
  if (!(await agent.ready())) assert.fail(await machine.said());
  await agent.run(UNTIL_STARTED);
}

/** Takes its power away when all is on the disk, in a state that programs can edit: what shutdown leaves has a journal to be replayed. */
async function switchOff({ machine, agent }: Started): Promise<void> {
  await agent.run('sync; fsfreeze --freeze /sysroot');
  machine.stop();
  await machine.end();
}

/** That a release runs, and was found good, sealed. */
async function expectSealed(running: Started, release: string, told: string[] = []): Promise<void> {
  const { booted, deployments, problems } = await statusOf(running);
  assert.deepEqual([booted?.release, booted?.assurance, booted?.missing], [release, 'sealed', []]);
  const [deployed] = deployments.filter((one) => one.release === release);
  assert.equal(deployed?.boots, 'good', 'blessed without anybody');
  assert.equal(deployed.entry?.triesLeft, null, 'its boots are not counted any more');
  assert.deepEqual(problems, told);
}

/** How many bytes of a file can be read, and that they end with the error of a disk. */
async function bytesBeforeError({ agent }: Started, path: string): Promise<number> {
  const output = await agent.run(`cat ${path} 2>/run/error | wc -c; cat /run/error`);
  const [count, error] = output.split('\n');
  assert.equal(error, `cat: ${path}: Input/output error`);
  return Number(count);
}

test('a sealed Debian', { skip: lacksSecureBoot() || cannotRunUml }, async (t) => {
  const made = sealedFleet();
  const placeOf = (path: string): string => objectPath(objectOf(made, path, 'v1'));
  const publisher = await Publisher.start(t, made.repository);
  publisher.publish('v1');
  const url = `http://10.0.2.2:${publisher.port}`;
  const scratch = scratchDirectory(t, '/var/tmp');
  const firmware = firmwareWith(scratch, []);
  const file = await installToDisk(t, {
    ...{ repository: made.repository, release: 'v1', url, words: ['--uki'], keys: made.keys },
  });
  let running = await start(t, file, firmware);
  let hasFailed = false;
  /** When one fails, those after it do, and do not wait for what does not come. */
  const step = (name: string, work: () => Promise<void>): Promise<void> =>
    t.test(name, async () => {
      assert.ok(!hasFailed, 'a step before this one failed');
      try {
        await work();
      } catch (error) {
        hasFailed = true;
        running.machine.stop();
        throw error;
      }
    });

  await step(
    'is installed with a unified kernel image, enrols the keys of its owner, and is sealed',
    async () => {
      await untilStarted(running);
      await expectSealed(running, 'v1');
    },
  );

  await step(
    'is upgraded over HTTP to the next unified kernel image, whose boots are counted until it is good',
    async () => {
      const { agent } = running;
      publisher.publish('v2');
      await agent.run('systemctl start rootseal-upgrade.service');
      agent.start('systemctl --no-block reboot');
      await untilStarted(running);
      await expectSealed(running, 'v2');
      const counted = '/sys/firmware/efi/efivars/LoaderBootCountPath-*';
      assert.match(await agent.run(`tr -d '\\0' <$(echo ${counted})`), /\+2-1\.conf$/);
    },
  );

  await step(
    'cannot read an object that root has changed by writing to the device of the disk',
    async () => {
      await running.agent.run(overwriteScript(placeOf(FLIPPED), FLIPPED_BLOCK));
      assert.ok((await bytesBeforeError(running, FLIPPED)) <= FLIPPED_BLOCK * BLOCK_SIZE);
    },
  );

  const v1 = made.release('v1');
  const v3 = made.release('v3');
  await step('is rolled back, and gets a release that does not boot', async () => {
    const { agent } = running;
    publisher.publish('v3');
    await agent.run('rootseal rollback');
    await agent.run('rootseal upgrade --download-only');
    await agent.run('rootseal deploy origin/main --tries 1 --now');
    await switchOff(running);
  });

  await step(
    'refuses an older image, signed by its owner, that somebody puts before the others: it is below the floor',
    async () => {
      const disk = DiskEdit.inPlace(file, scratch);
      const bytes = (path: string): Buffer => disk.read(placeOf(path));
      disk.write(placeOf(WITHOUT_VERITY), bytes(WITHOUT_VERITY));
      disk.writeWithVerity(placeOf(WITH_VERITY), bytes(WITH_VERITY).fill('x', 0, 1));
      bringBackOld(disk, made);
      tryOld(disk, made);
      running = await start(t, file, firmware);
      const below = `rootseal: refused seal: sequence ${made.release('old').sequence} is below`;
      await running.machine.expect(new RegExp(below));
    },
  );

  await step(
    'ends in the release before by itself, when the tries of the new one are used up',
    async () => {
      const { machine, agent } = running;
      await machine.expect(new RegExp(`rootseal: verified ${v3.image} .*; sealed`));
      await machine.expect(/Kernel panic/);
      await machine.expect(new RegExp(`rootseal: verified ${v1.image} .*; sealed`));
      agent.forget();
      await untilStarted(running);
      await expectSealed(running, 'v1', [
        'release v3 of debian-trixie failed here: this machine stays on v1',
      ]);
    },
  );

  await step('cannot read any object that was changed on its disk, at no start', async () => {
    assert.ok((await bytesBeforeError(running, FLIPPED)) <= FLIPPED_BLOCK * BLOCK_SIZE);
    assert.equal(await bytesBeforeError(running, WITHOUT_VERITY), 0);
    assert.equal(await bytesBeforeError(running, WITH_VERITY), 0);
  });

  await step(
    'starts the older image when whoever has the disk lowers the floor on it, too',
    async () => {
      // A copy of an /etc is at hand for whoever has the disk.
      await running.agent.run('cp -a /etc /var/kept');
      await switchOff(running);
      const old = made.release('old');
      const disk = DiskEdit.inPlace(file, scratch);
      const state = tryOld(disk, made);
      disk.rename('/state/os/debian-trixie/var/kept', `${state}/etc`);
      disk.symlink(`${state}/var`, '../../os/debian-trixie/var');
      disk.write('/state/sequence-floor', `${old.sequence}\n`);
      running = await start(t, file, firmware);
      await running.machine.expect(new RegExp(`rootseal: verified ${old.image} .*; sealed`));
      running.machine.stop();
    },
  );
});
