/**
 * SIGINT and SIGTERM in the middle of what changes a host: each verb hears them in its pauses, which come for each file of /etc and
 * of what is removed, and leaves a host that boots what it booted before or what was asked for.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { repair } from '../../src/deploy/verbs/repair.js';
import { EXIT_STATUS } from '../../src/util/errors.js';
import { noProgress } from '../../src/util/progress.js';
import { look } from '../helpers/host-look.js';
import { HostStages } from '../helpers/host-stages.js';
import { runProgram, Stoppable } from '../helpers/stoppable.js';
import type { TestSysroot } from '../helpers/sysroot.js';

/** Files of the machine in /etc, in one directory; a large one besides, which is hashed and copied in pieces. */
const FILES = 150;
const MEBIBYTE = 1 << 20;
const NOW = 1_900_000_000;

const stages = new HostStages({ 'etc/large': 'x'.repeat(3 * MEBIBYTE) }, (host) => {
  const crowd = host.state('default', 'etc/crowd');
  fs.mkdirSync(crowd);
  for (let index = 0; index < FILES; index++)
    fs.writeFileSync(join(crowd, `f${index}`), `${index} `.repeat(40));
  // As long as that of the image, so that only its content tells that it was changed.
  fs.writeFileSync(host.state('default', 'etc/large'), 'y'.repeat(3 * MEBIBYTE));
});
after(() => {
  stages.remove();
});
const { base } = stages;
const [, second, third] = stages.releases;

const staged = stages.after(base, ['deploy', second, '--stage']);
const tried = stages.after(staged, ['finalize-staged']);
const good = stages.after(tried, ['bless', 'default']);
/** Its state is in the way of the next one, and is removed. */
const full = stages.after(good, ['deploy', third]);

interface Scenario {
  readonly args: readonly string[];
  readonly host: TestSysroot;
  readonly prepare?: (host: TestSysroot) => void;
  /** How many pauses there are at least. */
  readonly pauses: number;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'deploy, which merges /etc': { args: ['deploy', second], host: base, pauses: 3 * FILES },
  'deploy --stage, which tries the merge': {
    args: ['deploy', second, '--stage'],
    host: base,
    pauses: 2 * FILES,
  },
  'kargs, which deploys once more': {
    args: ['kargs', '--karg-append', 'quiet', '--now'],
    host: base,
    pauses: 3 * FILES,
  },
  'the end of a shutdown': { args: ['finalize-staged'], host: staged, pauses: 3 * FILES },
  'a good boot, which removes an old deployment': {
    args: ['bless', 'default'],
    host: full,
    pauses: FILES,
  },
  'the removal of a deployment': { args: ['undeploy', 'rollback'], host: good, pauses: FILES },
  'a rollback': { args: ['rollback'], host: good, pauses: 3 },
  'a repair that removes what a killed command left': {
    args: ['repair'],
    host: good,
    prepare: (host) => {
      const left = host.file('state/deploy/.new-etc-0123456789ab');
      fs.cpSync(host.state('rollback', 'etc'), left, { recursive: true });
    },
    pauses: FILES,
  },
};

for (const [what, scenario] of Object.entries(scenarios))
  test(`${what} hears a signal in each of its pauses, and leaves a host that boots`, async () => {
    let heard = 0;
    for (let pause = 1; ; pause = Math.ceil(pause * 2.3)) {
      const host = stages.copyOf(scenario.host);
      scenario.prepare?.(host);
      const before = look(host).status.roles;
      const words = [...scenario.args, '--sysroot', host.directory];
      const command = new Stoppable(words, { stopAt: `pause:${pause}` });
      const isStopped = await command.stopped();
      const [signal, status] =
        heard % 2 === 0
          ? (['SIGTERM', EXIT_STATUS.TERMINATED] as const)
          : (['SIGINT', EXIT_STATUS.INTERRUPTED] as const);
      if (isStopped) command.interrupt(signal);
      const ended = await command.ended;
      if (!isStopped) {
        assert.ok([0, 3].includes(ended.status ?? -1), ended.stderr);
        assert.ok(pause > scenario.pauses, `it has less than ${pause} pauses`);
        break;
      }
      heard++;
      assert.deepEqual([ended.status, ended.signal], [status, null], `${pause}: ${ended.stderr}`);
      assert.match(ended.stderr, /\nerror: interrupted\n$/);
      const { roles, interrupted } = look(host).status;
      // Whatever was asked for is taken back, unless a boot loader could see some of it.
      if (interrupted === null) assert.deepEqual(roles.default, before.default, String(pause));
      await repair(Sysroot.at(host.directory), { progress: noProgress, now: () => NOW });
      const again = await runProgram(words);
      assert.ok([0, 1, 3, 10, 77].includes(again.status ?? -1), again.stderr);
      assert.equal(look(host).status.interrupted, null);
      assert.deepEqual(
        fs.readdirSync(host.file('state/deploy')).filter((name) => name.startsWith('.')),
        [],
      );
      fs.rmSync(host.scratch, { recursive: true });
    }
  });

test('a shutdown that stops the unit leaves what is staged for the next one, and tells why', async () => {
  const host = stages.copyOf(staged);
  const words = ['finalize-staged', '--sysroot', host.directory];
  const command = new Stoppable(words, { stopAt: `pause:${2 * FILES}` });
  assert.ok(await command.stopped());
  command.interrupt('SIGTERM');
  assert.equal((await command.ended).status, EXIT_STATUS.TERMINATED);
  const { status } = look(host);
  const { default: standard, staged: kept } = look(staged).status.roles;
  assert.deepEqual([status.roles.default, status.roles.staged], [standard, kept]);
  assert.match(status.problems.join('\n'), /interrupted/);
  host.expect(['finalize-staged']);
  assert.equal(host.role('default'), '2');
});

test('what is staged is there as a whole, or is not staged, wherever its removal is interrupted', async () => {
  // With the kernel of the default, which stays: so nothing of it is seen on the ESP.
  const same = base.release('4', { kernel: 'kernel 1' });
  const start = stages.after(base, ['deploy', same, '--stage']);
  let removals = 0;
  for (let pause = 1; ; pause++) {
    const host = stages.copyOf(start);
    const words = ['undeploy', 'staged', '--sysroot', host.directory];
    const command = new Stoppable(words, { stopAt: `pause:${pause}` });
    const isStopped = await command.stopped();
    if (isStopped) command.interrupt('SIGINT');
    const ended = await command.ended;
    if (!isStopped) {
      assert.equal(ended.status, 0, ended.stderr);
      break;
    }
    assert.equal(ended.status, EXIT_STATUS.INTERRUPTED, ended.stderr);
    const { roles } = look(host).status;
    const states = fs.readdirSync(host.file('state/deploy'));
    const hidden = states.some((name) => name.startsWith('.'));
    if (hidden) removals++;
    if (roles.staged !== null) assert.ok(states.includes(roles.staged), String(pause));
    host.expect(hidden ? ['repair'] : words.slice(0, 2));
    const { interrupted, roles: now } = look(host).status;
    assert.deepEqual([interrupted, now.staged], [null, null]);
    fs.rmSync(host.scratch, { recursive: true });
  }
  assert.ok(removals > 0, 'no pause was in the removal');
});
