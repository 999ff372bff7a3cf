/** Verbs of a host are killed at random moments, one after the other, and nothing is ever ended in peace in between. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { EDIT, look, type Look } from '../helpers/host-look.js';
import { killAt, randomMoment, seedOf, type Moment, type Usual } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { listPasses, type Ended } from '../helpers/stoppable.js';
import { TestSysroot } from '../helpers/sysroot.js';

const KILLS = 500;
/** They live side by side, for processors that have nothing to do. */
const HOSTS = [0, 1];
/** Every so many kills, one comes right when the record is saved: that is half of a change, whatever the machine does. */
const SAVED_EVERY = 5;
/** Verbs that run to their end in between, so that the lives of hosts differ. */
const ENDED = 0.2;
/** Verbs that are called whether there is something to do for them or not. */
const WHATEVER = 0.1;

/** How many kills left a change half done: those at a moment that was chosen for it, and the others. */
interface HalfDone {
  readonly chosen: number;
  readonly random: number;
}

test('verbs that are killed 500 times leave hosts that boot something good, with all that they need', async (t) => {
  const seed = seedOf(t);
  const halfDone = await Promise.all(HOSTS.map((host) => live(t, new Random(seed + host))));
  const sum = (kind: keyof HalfDone) => halfDone.reduce((all, one) => all + one[kind], 0);
  const [chosen, random] = [sum('chosen'), sum('random')];
  t.diagnostic(
    `${KILLS} kills, ${chosen + random} of them in the middle of a change, ${random} of those at random`,
  );
  assert.ok(chosen >= KILLS / SAVED_EVERY, `only ${chosen} kills left something half done`);
  assert.ok(random > 0, 'no random kill left something half done');
});

interface Release {
  readonly commit: string;
  /** Whether it is deployed from its unified kernel image. */
  readonly isUnified: boolean;
}

/** A host from its first deployment to the last kill. Says after how many kills a change was half done. */
async function live(t: TestContext, random: Random): Promise<HalfDone> {
  const sysroot = TestSysroot.inMemory(t);
  const releases = ['1', '2', '3', '4'].map((version, index) => ({
    commit: sysroot.release(version, { kernel: index % 2 === 0 ? 'even' : 'odd', uki: index > 1 }),
    // A host has both kinds.
    isUnified: index > 1,
  }));
  sysroot.expect(['deploy', releases[0]?.commit ?? '']);
  fs.writeFileSync(sysroot.state('default', join('etc', EDIT.name)), EDIT.content);
  sysroot.expect(['bless', 'default']);
  const life = new Life(sysroot, releases, random);
  await life.killOften(KILLS / HOSTS.length);
  sysroot.expect(['repair']);
  const { status } = look(sysroot);
  assert.deepEqual(status.problems, []);
  assert.equal(status.interrupted, null);
  const repository = Sysroot.at(sysroot.directory).repository();
  assert.deepEqual((await checkRepository(repository, { progress: () => undefined })).findings, []);
  return life.halfDone;
}

class Life {
  readonly halfDone = { chosen: 0, random: 0 };
  private readonly sysroot: TestSysroot;
  private readonly releases: readonly Release[];
  private readonly random: Random;
  /** What a run of each verb to its end comes to. */
  private readonly usual = new Map<string, Usual>();

  constructor(sysroot: TestSysroot, releases: readonly Release[], random: Random) {
    this.sysroot = sysroot;
    this.releases = releases;
    this.random = random;
  }

  async killOften(kills: number): Promise<void> {
    let { record } = look(this.sysroot);
    let missed = false;
    for (let killed = 0, attempt = 0; killed < kills; attempt++) {
      assert.ok(attempt < 10 * kills, 'verbs do not come to their stop points');
      const isForRecord = killed % SAVED_EVERY === 0;
      const verb = this.chooseVerb(record, isForRecord || missed);
      const moment = this.chooseMoment(verb, isForRecord, missed);
      const ended = await this.run(verb, moment);
      const isKilled = ended.signal === 'SIGKILL';
      if (isKilled) killed++;
      missed = moment !== 'ended' && !isKilled;
      record = this.see(ended, moment).record;
    }
  }

  /** One that comes too late is followed by one that cannot. */
  private chooseMoment(
    verb: readonly string[],
    isForRecord: boolean,
    missed: boolean,
  ): Moment | 'ended' {
    if (isForRecord) return { stopAt: 'record-saved', after: 0 };
    if (missed) return { stopAt: 'any', after: 0 };
    const usual = this.usual.get(kindOf(verb));
    if (usual === undefined || this.random.next() < ENDED) return 'ended';
    return randomMoment(this.random, usual);
  }

  /** A verb may be refused; it may not fail otherwise. */
  private async run(verb: readonly string[], moment: Moment | 'ended'): Promise<Ended> {
    const { repository, directory } = this.sysroot;
    const [name = ''] = verb;
    const where = name === 'gc' ? ['--repo', repository.path] : ['--sysroot', directory];
    const isToEnd = moment === 'ended';
    const ended = await killAt(
      [...verb, ...where],
      isToEnd ? { stopAt: 'list', after: Infinity } : moment,
    );
    const { status, signal, stderr, milliseconds } = ended;
    if (signal === 'SIGKILL') return ended;
    // 77: nothing to do. 1: what must not be done. 10: there is no such role.
    assert.ok(
      [0, 1, 10, 77].includes(status ?? -1),
      `${verb.join(' ')}: ${status ?? ''} ${stderr}`,
    );
    assert.doesNotMatch(stderr, /internal|TypeError|at file:/);
    const names = listPasses(ended);
    const middle = names.indexOf('record-saved') + 1;
    if (isToEnd && names.length > 0)
      this.usual.set(kindOf(verb), { passes: names.length, middle, milliseconds });
    return ended;
  }

  private see({ stoppedAt, signal }: Ended, moment: Moment | 'ended'): Look {
    const seen = look(this.sysroot);
    const { interrupted } = seen.status;
    const isExact = moment !== 'ended' && moment.after === 0 && signal === 'SIGKILL';
    if (isExact && stoppedAt === 'record-saved') assert.notEqual(interrupted, null);
    if (signal === 'SIGKILL' && interrupted !== null)
      this.halfDone[isExact && stoppedAt === 'record-saved' ? 'chosen' : 'random']++;
    return seen;
  }

  /** @param hasWork whether it must have something to do */
  private chooseVerb(record: DeploymentRecord, hasWork: boolean): readonly string[] {
    const { random } = this;
    const { commit: release, isUnified } = random.pick(this.releases);
    const deploy = ['deploy', release, '--allow-downgrade', isUnified ? '--uki' : '--no-uki'];
    const stage = [...deploy, '--stage'];
    const words = ['--no-uki', '--stage', '--karg-append', `n=${random.integer(0, 1e6)}`];
    const other = ['deploy', release, '--allow-downgrade', ...words];
    const [{ staged, rollback, intent }, current] = [record, currentOf(record)];
    const isOther = current?.commit !== release;
    // The same unified kernel image has to take the place of the one before, which may be needed.
    const isNew = !isUnified || !hasWork || !isDeployed(record, release);
    const isBlessed = current?.boots === 'good' && staged === null;
    const verbs: readonly (readonly [readonly string[], boolean])[] = [
      [deploy, isOther && isNew],
      [stage, isOther && isNew],
      [other, true],
      [['finalize-staged'], staged !== null],
      [['finalize-staged'], staged !== null],
      [['rollback'], rollback !== null],
      [['rollback'], rollback !== null],
      [['bless', 'default'], !isBlessed],
      [['bless', 'default'], !isBlessed],
      // It changes no deployments, and has no record to save.
      [['gc'], !hasWork],
      [['undeploy', 'rollback'], rollback !== null],
      [['repair'], intent !== null],
    ];
    const isFree = !hasWork && random.next() < WHATEVER;
    const [verb] = random.pick(verbs.filter(([, useful]) => isFree || useful));
    return verb;
  }
}

/** The verb and its options, without what they name. */
function kindOf(verb: readonly string[]): string {
  return verb.filter((word) => !/^[0-9a-f]{64}$|=/.test(word)).join(' ');
}

function isDeployed({ deployments }: DeploymentRecord, release: string): boolean {
  return deployments.some(({ commit }) => commit === release);
}

function currentOf(record: DeploymentRecord): DeploymentRecord['deployments'][number] | undefined {
  const { staged, default: standard, deployments } = record;
  return deployments.find(({ id }) => id === (staged ?? standard));
}
