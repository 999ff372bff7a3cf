/** A host in memory: what a plan's steps do to it, what its boot loader takes, and what a power cut leaves. */
import assert from 'node:assert/strict';
import { chooseEntry, type ListedEntry } from '../../src/formats/boot-loader/choice.js';
import { parseEntryFileName } from '../../src/formats/boot-loader/entry-name.js';
import { parseBootEntry, parseLoaderConf } from '../../src/formats/boot-loader/parse-entry.js';
import { writingProblem } from '../../src/formats/deployment/bootable.js';
import { bootEntryOf, LOADER_CONF } from '../../src/formats/deployment/boot-entry.js';
import type { Deployment } from '../../src/formats/deployment/deployment.js';
import {
  EMPTY_RECORD,
  findDeployment,
  parseRecord,
  printRecord,
  type DeploymentRecord,
} from '../../src/formats/deployment/record.js';
import type { Event } from '../../src/deploy/plan/event.js';
import { plan, type Plan } from '../../src/deploy/plan/plan.js';
import { isCleaning, isDue, type Action, type World } from '../../src/deploy/plan/world.js';
import { printBootEntry } from '../../src/formats/boot-loader/entry.js';
import { printTime } from '../../src/formats/time.js';

interface SimulatedEntry {
  readonly deployment: Deployment;
  left: number | undefined;
  /** A new name that FAT had no time to give a content. */
  readonly isEmpty: boolean;
}

/** What a deployment's boot entry says. */
function textOf(deployment: Deployment): string {
  return printBootEntry(bootEntryOf(deployment));
}

/** Who cannot be written has no entry. */
function saysSame(wanted: Deployment, written: Deployment): boolean {
  return writingProblem(wanted) === undefined && textOf(wanted) === textOf(written);
}

const LOADER = parseLoaderConf(Buffer.from(LOADER_CONF));
const COUNTER = /\+(\d+)(?:-\d+)?\.conf$/;

/** What the boot loader calls an entry. */
function idOf(file: string): string {
  return file.replace(COUNTER, '.conf');
}

/** Steps that only take something away, whatever the program thinks of them. */
function isRemoval({ do: what }: Action): boolean {
  return what.startsWith('remove-') || what === 'forget-deployment';
}

export class SimulatedHost {
  record: DeploymentRecord = EMPTY_RECORD;
  running: string | null = null;
  floor: number | undefined;
  readonly entries = new Map<string, SimulatedEntry>();
  readonly kernels = new Set<string>();
  /** What the repository keeps for deployments. */
  readonly named = new Map<string, string>();
  /** `edits` says which edits of `/etc` it has. */
  readonly states = new Map<string, { hasEtc: boolean; edits: number }>();
  /** Boot entries that could not be removed, without their counters. */
  readonly stuck = new Set<string>();
  /** What was staged once and never came up since. */
  readonly unseen = new Set<string>();
  private edits = 0;
  /** Deployments that come up when they are booted. */
  readonly sound = new Set<string>();
  private clock = 0;

  now(): string {
    return printTime(1_800_000_000 + this.clock++);
  }

  world(): World {
    return {
      entries: [...this.entries].map(([file, { left, deployment, isEmpty }]) => {
        const wanted = findDeployment(this.record, deployment.id);
        const id = idOf(file);
        return {
          file,
          id,
          left,
          matches: !isEmpty && wanted !== undefined && saysSame(wanted, deployment),
          isEmpty,
        };
      }),
      kernels: [...this.kernels],
      strays: [],
      states: [...this.states].map(([id, { hasEtc }]) => ({ id, hasEtc })),
      named: [...this.named].map(([id, commit]) => ({ id, commit })),
      floor: this.floor,
    };
  }

  plan(event: Event): Plan {
    return plan(this.record, event, this.world(), this.now());
  }

  /**
   * Does what the event asks for, or only the first `steps` of it. Says whether all was done.
   * @param stuck bits: which of the first eight steps that remove cannot be done
   */
  do(event: Event, steps = Infinity, stuck = 0): boolean {
    // What is made up for of an interrupted change is another one.
    const moments = this.record.intent === null ? 1 : 2;
    const { record, actions } = this.plan(event);
    const { record: saved, floor } = this;
    const before = this.choose()?.[1].deployment.id;
    const choices = new Set([before]);
    const failed: Action[] = [];
    let removals = 0;
    for (const [index, action] of actions.entries()) {
      if (!isDue(action, failed)) continue;
      if (isRemoval(action) && ((stuck >> (removals++ % 8)) & 1) === 1) {
        assert.ok(isCleaning(action), `${action.do} may fail, and the change goes on`);
        failed.push(action);
        if (action.do === 'remove-entry') this.stuck.add(idOf(action.file));
        continue;
      }
      if (index >= steps) {
        if (this.record === saved)
          assert.ok(
            (this.floor ?? 0) >= Math.min(floor ?? 0, saved.floor),
            'the floor is not lowered for what was not done',
          );
        if (this.clock % 2 === 0) this.doByHalf(action, record);
        return false;
      }
      this.apply(action, record);
      this.check();
      choices.add(this.choose()?.[1].deployment.id);
    }
    choices.delete(before);
    assert.ok(
      choices.size <= moments,
      'there is one moment at which the boot loader takes something else',
    );
    if (event.is === 'deploy' && event.staged) this.unseen.add(event.deployment.id);
    return true;
  }

  /** What FAT may make of a step whose power is cut. */
  private doByHalf(action: Action, record: DeploymentRecord): void {
    if (action.do === 'write-entry' && !this.entries.has(action.file)) {
      this.apply(action, record);
      const entry = this.entries.get(action.file);
      assert.ok(entry);
      this.entries.set(action.file, { ...entry, isEmpty: true });
    }
    if (action.do === 'rename-entry') {
      const old = this.entries.get(action.file);
      assert.ok(old);
      this.apply(action, record);
      this.entries.set(action.file, old);
    }
  }

  apply(action: Action, record: DeploymentRecord): void {
    switch (action.do) {
      case 'name-deployment':
        this.named.set(action.id, action.commit);
        return;
      case 'forget-deployment':
        assert.ok(!this.keeps(action.id), 'what is deployed is not forgotten');
        this.named.delete(action.id);
        return;
      case 'make-state':
        this.states.set(
          action.deployment.id,
          this.states.get(action.deployment.id) ?? { hasEtc: false, edits: 0 },
        );
        return;
      case 'merge-etc':
        if (action.from !== null)
          assert.equal(this.states.get(action.from)?.hasEtc, true, 'the source has an /etc');
        this.states.set(action.id, {
          hasEtc: true,
          edits: this.states.get(action.from ?? '')?.edits ?? 0,
        });
        return;
      case 'install-kernel':
        this.kernels.add(action.hash);
        return;
      case 'set-floor':
        this.floor = action.floor;
        return;
      case 'save':
        this.record = parseRecord(Buffer.from(printRecord(record)));
        return;
      case 'settle':
        this.record = parseRecord(Buffer.from(printRecord({ ...record, intent: null })));
        return;
      case 'save-facts':
        return;
      case 'write-entry': {
        const deployment = findDeployment(record, action.id);
        assert.ok(deployment, 'an entry is for a deployment');
        textOf(deployment);
        const counter = COUNTER.exec(action.file);
        this.entries.set(action.file, {
          deployment,
          left: counter === null ? undefined : Number(counter[1]),
          isEmpty: false,
        });
        return;
      }
      case 'rename-entry': {
        const entry = this.entries.get(action.file);
        assert.ok(entry, `${action.file} is there`);
        this.entries.delete(action.file);
        const counter = COUNTER.exec(action.to);
        this.entries.set(action.to, {
          ...entry,
          left: counter === null ? undefined : Number(counter[1]),
        });
        return;
      }
      case 'remove-entry':
        this.stuck.delete(idOf(action.file));
        this.entries.delete(action.file);
        return;
      case 'remove-kernel':
        this.kernels.delete(action.name);
        return;
      case 'remove-state':
        assert.notEqual(action.id, this.running, 'the state of what is running stays');
        this.states.delete(action.id);
        return;
    }
  }

  /** What must be true at every instant. */
  check(): void {
    for (const { id, commit } of this.record.deployments)
      assert.equal(this.named.get(id), commit, 'the repository keeps what the record knows');
    for (const [file, { deployment, isEmpty }] of this.entries) {
      if (isEmpty) continue;
      assert.ok(
        this.keeps(deployment.id) || this.stuck.has(idOf(file)),
        `${file}: the record knows it, or it could not be removed`,
      );
      assert.ok(this.kernels.has(deployment.kernel.hash), `${file}: its kernel is there`);
      assert.equal(this.states.get(deployment.id)?.hasEtc, true, `${file}: its state is there`);
      const { sequence } = deployment;
      const isBad = findDeployment(this.record, deployment.id)?.boots === 'bad';
      assert.ok(
        isBad || sequence >= (this.floor ?? 0) || !this.keeps(deployment.id),
        `${file}: its sequence is not below the floor`,
      );
    }
    if (this.record.deployments.some(({ boots }) => boots === 'good'))
      assert.ok(
        [...this.entries.values()].some(
          ({ deployment, left, isEmpty }) =>
            !isEmpty && left !== 0 && this.sound.has(deployment.id),
        ),
        'something that comes up has a boot entry',
      );
  }

  private keeps(id: string): boolean {
    return findDeployment(this.record, id) !== undefined;
  }

  /** What the boot loader takes, or nothing. */
  choose(): [string, SimulatedEntry] | undefined {
    const listed = [...this.entries].flatMap(([file, { deployment, isEmpty }]): ListedEntry[] => {
      if (isEmpty) return [];
      const name = parseEntryFileName(file);
      assert.ok(name, `${file} is a boot entry`);
      return [{ name, entry: parseBootEntry(Buffer.from(textOf(deployment))) }];
    });
    const file = chooseEntry(listed, LOADER, {})?.name.file;
    const entry = this.entries.get(file ?? '');
    return file === undefined || entry === undefined ? undefined : [file, entry];
  }

  /** Starts the machine, as often as it takes. Fails when nothing comes up. */
  boot(): void {
    this.running = null;
    for (let attempt = 0; attempt < 40; attempt++) {
      const chosen = this.choose();
      if (chosen === undefined) return;
      const [file, entry] = chosen;
      if (entry.left !== undefined && entry.left > 0) {
        const left = entry.left - 1;
        this.entries.delete(file);
        this.entries.set(file.replace(COUNTER, `+${left}-1.conf`), { ...entry, left });
      }
      if (!this.sound.has(entry.deployment.id)) {
        if (entry.left === undefined || entry.left === 0) break;
        continue;
      }
      this.comeUp(entry.deployment.id);
      return;
    }
    const hadGood = this.record.deployments.some(({ boots }) => boots === 'good');
    assert.ok(!hadGood, 'a machine that had a good deployment comes up');
  }

  /** Somebody edits `/etc` of what is running. */
  private comeUp(id: string): void {
    this.running = id;
    const state = this.states.get(id);
    assert.ok(state, 'what is running has its state');
    if (this.unseen.delete(id))
      assert.equal(state.edits, this.edits, 'a shutdown takes the last edits of /etc along');
    state.edits = ++this.edits;
  }

  /** Ids of deployments whose entries have no tries left. */
  exhausted(): string[] {
    return [...this.entries.values()]
      .filter(({ left }) => left === 0)
      .map(({ deployment }) => deployment.id);
  }
}
