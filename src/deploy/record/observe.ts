/** Looks at a host: what of its record is there. */
import fs from 'node:fs';
import { printBootEntry } from '../../formats/boot-loader/entry.js';
import { writingProblem } from '../../formats/deployment/bootable.js';
import { bootEntryOf } from '../../formats/deployment/boot-entry.js';
import type { DeployedKernel } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { hasKernel, isKernelIntact } from '../boot-loader/esp-kernel.js';
import { listDeploymentRefs } from '../../repo/deployment-refs.js';
import type { Steps } from '../../util/steps.js';
import { readEsp, type EspContents, type EspEntry } from '../boot-loader/read-esp.js';
import type { Sysroot } from '../host/sysroot.js';
import { entryId } from '../plan/reconcile.js';
import type { World, WorldEntry } from '../plan/world.js';
import { DEPLOY_DIR, listDeploymentIds, readFloor } from './store.js';

export interface ObserveOptions {
  /** Whether kernels are compared with their hashes, and not only looked for. */
  readonly thorough?: boolean;
}

/** What a plan has to know of the ESP. */
export type EspPart = Pick<World, 'entries' | 'kernels' | 'strays'>;

/**
 * A step is a kernel, or a piece of one.
 * @throws {RootsealError} PATH_NOT_FOUND when the ESP is not mounted
 */
export function* observe(
  sysroot: Sysroot,
  record: DeploymentRecord,
  options: ObserveOptions = {},
): Steps<World> {
  const { boot } = sysroot;
  return {
    ...(yield* observeEsp(boot, readEsp(boot), record, options)),
    states: observeStates(sysroot),
    named: listDeploymentRefs(sysroot.repository()),
    floor: readFloor(sysroot),
  };
}

/** As `observe`. @param boot root directory of the ESP, on which `contents` were found */
export function* observeEsp(
  boot: string,
  { entries, kernels }: EspContents,
  record: DeploymentRecord,
  { thorough = false }: ObserveOptions = {},
): Steps<EspPart> {
  const known = new Map(record.deployments.map(({ kernel }) => [kernel.hash, kernel]));
  const good: string[] = [];
  for (const { name, complete } of kernels) {
    if (complete && (yield* isAsRecorded(boot, known.get(name), thorough))) good.push(name);
    yield;
  }
  return {
    entries: entries.flatMap((entry) => worldEntry(record, entry)),
    kernels: good,
    strays: kernels.map(({ name }) => name).filter((name) => !good.includes(name)),
  };
}

/** One that the record does not know is on its way out, whatever it holds. */
function* isAsRecorded(
  boot: string,
  kernel: DeployedKernel | undefined,
  thorough: boolean,
): Steps<boolean> {
  if (kernel === undefined) return true;
  return thorough ? yield* isKernelIntact(boot, kernel) : hasKernel(boot, kernel);
}

export function observeStates(sysroot: Sysroot): World['states'] {
  return listDeploymentIds(sysroot).map((id) => ({
    id,
    hasEtc: fs.existsSync(sysroot.file(`${DEPLOY_DIR}/${id}/etc`)),
  }));
}

/** Entries of others are not ours to change. */
function worldEntry(record: DeploymentRecord, { name, bytes }: EspEntry): WorldEntry[] {
  if (name.own === undefined) return [];
  const deployment = record.deployments.find((one) => entryId(one) === name.id);
  const isWritable = deployment !== undefined && writingProblem(deployment) === undefined;
  const wanted = isWritable ? printBootEntry(bootEntryOf(deployment)) : undefined;
  return [
    {
      file: name.file,
      id: name.id,
      left: name.counter?.left,
      matches: wanted !== undefined && bytes?.toString('utf8') === wanted,
      isEmpty: bytes?.length === 0,
    },
  ];
}
