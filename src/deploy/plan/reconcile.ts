/**
 * What is to be done so that a host is what its record says, in an order that is safe at every instant. Pure.
 *
 * First what is only added and nobody sees yet, and boot entries of what is given up go; then the record; then boot entries: new
 * ones before those that they replace go. What nothing needs any more goes last. A power cut between any two steps leaves a
 * host that boots what its record knows, and a record from which the rest is found again.
 */
import { bootEntryFileName } from '../../formats/boot-loader/entry.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import type { Action, World, WorldEntry } from './world.js';

/** Name of a deployment's boot entry without its counter: what the boot loader knows it by. */
export function entryId({ name, serial }: Deployment): string {
  return bootEntryFileName({ name, serial });
}

/** Name of the file for a deployment that has no boot entry yet. */
export function entryFile(deployment: Deployment): string {
  const { name, serial, boots, tries } = deployment;
  if (boots === 'bad') return withCounter(entryId(deployment), '+0');
  return bootEntryFileName({
    name,
    serial,
    tries: boots === 'good' || tries === 0 ? undefined : tries,
  });
}

function withCounter(id: string, counter: string): string {
  return id.replace(/\.conf$/, `${counter}.conf`);
}

/**
 * @param before the record on disk
 * @param next the record that is to be
 * @returns no step at all when everything is as it should be
 */
export function reconcile(
  before: DeploymentRecord,
  next: DeploymentRecord,
  world: World,
): readonly Action[] {
  const added = additions(before, next, world);
  const facts = changedFacts(before, next);
  const { early, late } = entryActions(before, next, world);
  const rest = removals(next, world);
  const isSaved = added.length + early.length + facts.length + late.length + rest.length > 0;
  if (!isSaved && before === next && next.intent === null) return [];
  const lowered = loweredFloor(before, next, world);
  return [
    ...added,
    ...early,
    { do: 'save' },
    ...lowered,
    ...facts,
    ...late,
    ...rest,
    { do: 'settle' },
  ];
}

function additions(before: DeploymentRecord, next: DeploymentRecord, world: World): Action[] {
  // Before anything else: from the moment that the record names a deployment, the repository does too.
  const actions: Action[] = [...namings(next, world)];
  const kernels = new Set(world.kernels);
  for (const deployment of next.deployments) {
    const { id, kernel } = deployment;
    const state = world.states.find((one) => one.id === id);
    if (state === undefined) actions.push({ do: 'make-state', deployment });
    if (!kernels.has(kernel.hash) && world.refused?.has(id) !== true) {
      actions.push({ do: 'install-kernel', hash: kernel.hash, id: deployment.id });
      kernels.add(kernel.hash);
    }
    if (needsEtc(before, next, id) || (state?.hasEtc !== true && id !== next.staged))
      actions.push({ do: 'merge-etc', id, from: etcSource(before, id) });
  }
  if (world.floor !== undefined && world.floor > before.floor)
    actions.push({ do: 'set-floor', floor: before.floor });
  return actions;
}

/** Not before the record says so: until then, what it guards against is not allowed. And not after the entry that needs it. */
function loweredFloor(before: DeploymentRecord, next: DeploymentRecord, world: World): Action[] {
  const floor = Math.min(world.floor ?? 0, before.floor);
  return floor > next.floor ? [{ do: 'set-floor', floor: next.floor }] : [];
}

function namings(next: DeploymentRecord, { named }: World): Action[] {
  const known = new Map(named.map(({ id, commit }) => [id, commit]));
  return next.deployments
    .filter(({ id, commit }) => known.get(id) !== commit)
    .map(({ id, commit }) => ({ do: 'name-deployment', id, commit }));
}

/** What becomes the default without having been it before gets its `/etc` at this moment, and not one from earlier. */
function needsEtc(before: DeploymentRecord, next: DeploymentRecord, id: string): boolean {
  if (next.default !== id || before.default === id) return false;
  return before.staged === id || !before.deployments.some((one) => one.id === id);
}

/** `/etc` goes on from what is running, else from what would run. */
function etcSource(before: DeploymentRecord, id: string): string | null {
  const source = [before.booted, before.default].find(
    (one) => one !== null && one !== id && before.deployments.some((known) => known.id === one),
  );
  return source ?? null;
}

function changedFacts(before: DeploymentRecord, next: DeploymentRecord): Action[] {
  return next.deployments
    .filter((deployment) => {
      // An interrupted change saved the record, and may not have come to the facts.
      if (before.intent !== null) return true;
      const old = before.deployments.find(({ id }) => id === deployment.id);
      return old !== undefined && JSON.stringify(old) !== JSON.stringify(deployment);
    })
    .map((deployment) => ({ do: 'save-facts', deployment }));
}

interface EntryActions {
  /**
   * What comes before the next record, so that it knows every entry that there is: entries that the one on disk calls for and that
   * are not there, or not as they should be; then those of deployments that it gives up go. Without this the boot loader could
   * start what nobody knows any more.
   */
  readonly early: readonly Action[];
  readonly late: readonly Action[];
}

function entryActions(
  before: DeploymentRecord,
  next: DeploymentRecord,
  world: World,
): EntryActions {
  const wanted = next.deployments.filter(({ id }) => id !== next.staged);
  const calledFor = new Map(
    before.deployments
      .filter(({ id }) => id !== before.staged)
      .map((one) => [entryId(one), one.id]),
  );
  const missing: Action[] = [];
  const written: Action[] = [];
  const renamed: Action[] = [];
  const removed = new Set(world.entries.map(({ file }) => file));
  // From the oldest to the newest: the default comes last, when everything that it may fall back to is there.
  for (const deployment of [...wanted].reverse()) {
    const [entry] = world.entries
      .filter(({ id }) => id === entryId(deployment))
      .sort((a, b) => fitness(deployment, a) - fitness(deployment, b));
    if (isToBeWritten(entry, deployment, { before, world })) {
      (calledFor.has(entryId(deployment)) ? missing : written).push({
        do: 'write-entry',
        file: entry?.file ?? entryFile(deployment),
        id: deployment.id,
      });
    }
    if (entry === undefined) continue;
    removed.delete(entry.file);
    if (fitness(deployment, entry) > 0)
      renamed.push({ do: 'rename-entry', file: entry.file, to: entryFile(deployment) });
  }
  const stays = new Set<string | undefined>(wanted.map(({ id }) => id));
  const [replaced, givenUp]: [Action[], Action[]] = [[], []];
  for (const { file, id } of world.entries)
    if (removed.has(file))
      (stays.has(calledFor.get(id)) ? replaced : givenUp).push({ do: 'remove-entry', file });
  return { early: [...missing, ...givenUp], late: [...written, ...renamed, ...replaced] };
}

/** Whether it is not there, or does not say what it is to say: what the record on disk calls for, or something new. */
function isToBeWritten(
  entry: WorldEntry | undefined,
  deployment: Deployment,
  { before, world }: { readonly before: DeploymentRecord; readonly world: World },
): boolean {
  if (world.refused?.has(deployment.id) === true) return false;
  const old = before.deployments.find(({ id }) => id === deployment.id);
  const isOther = old !== undefined && old.kernel.hash !== deployment.kernel.hash;
  return entry?.matches !== true || isOther;
}

/** 0 when the counter says what the record says. What was not blessed yet may have any tries. */
function fitness({ boots, tries }: Deployment, { left }: WorldEntry): number {
  if (boots === 'good') return left === undefined ? 0 : 1;
  if (boots === 'bad') return left === 0 ? 0 : 1;
  // The boot loader or systemd took the counter away, or counts: that is theirs.
  return tries === 0 && left !== undefined ? 1 : 0;
}

function removals(next: DeploymentRecord, world: World): Action[] {
  const actions: Action[] = [];
  if (world.floor === undefined ? next.floor > 0 : world.floor < next.floor)
    actions.push({ do: 'set-floor', floor: next.floor });
  for (const action of kernelRemovals(next, world)) actions.push(action);
  const ids = new Set<string | null>([...next.deployments.map(({ id }) => id), next.booted]);
  for (const { id } of world.states) if (!ids.has(id)) actions.push({ do: 'remove-state', id });
  for (const { id } of world.named) if (!ids.has(id)) actions.push({ do: 'forget-deployment', id });
  return actions;
}

function kernelRemovals(next: DeploymentRecord, world: World): Action[] {
  const needed = new Set(next.deployments.map(({ kernel }) => kernel.hash));
  // When the record does not know what is running, it is not said what that needs.
  const isKnown = next.booted === null || next.deployments.some(({ id }) => id === next.booted);
  const removed = [
    ...(isKnown ? world.kernels : []),
    // A damaged one that is needed was replaced before.
    ...world.strays,
  ];
  return removed.filter((name) => !needed.has(name)).map((name) => ({ do: 'remove-kernel', name }));
}
