/** Whether what is to come fits, before anything is fetched or written. */
import fs from 'node:fs';
import { findDeployment, rolesOf, type DeploymentRecord } from '../../formats/deployment/record.js';
import { RootsealError } from '../../util/errors.js';

/** Left free for names, journals and whatever else writes at the same time: bytes, and a part of what is needed. */
const MARGIN = { bytes: 2 << 20, part: 1 / 64 } as const;

/** Bytes of a boot entry, at most. */
export const BOOT_ENTRY_SIZE = 4096;

export interface SpaceNeed {
  /** What people call the place: `the ESP`, `the root file system`. */
  readonly place: string;
  /** A directory on it. */
  readonly directory: string;
  /** Sizes of the files that are to come, in bytes. */
  readonly files: readonly number[];
  /** Whether nothing is to be left free: for what is small, and without which nobody gets back. */
  readonly exact?: boolean;
}

/** Bytes that a need comes to on its file system, and those that are free there. */
export function measure({ directory, files, exact = false }: SpaceNeed): {
  needed: number;
  free: number;
} {
  const { bavail, bsize } = fs.statfsSync(directory);
  const bytes = files.reduce((sum, size) => sum + Math.ceil(size / bsize) * bsize, 0);
  const needed = bytes === 0 || exact ? bytes : Math.ceil(bytes * (1 + MARGIN.part)) + MARGIN.bytes;
  return { needed, free: bavail * bsize };
}

/**
 * @throws {RootsealError} NO_SPACE that names the place, both figures, and what could be given up
 */
export function requireSpace(need: SpaceNeed, record: DeploymentRecord): void {
  const { needed, free } = measure(need);
  if (needed <= free) return;
  const spare = prunable(record);
  // `0.0 MB` would say nothing of a boot entry.
  const unit = needed < MEGABYTE ? 'bytes' : 'MB';
  throw new RootsealError(
    'NO_SPACE',
    `${need.place} has ${amount(free, unit)} free, and ${amount(needed, unit)} are needed`,
    {
      details: { place: need.place, directory: need.directory, needed, free },
      hint:
        spare.length === 0
          ? 'no deployment can be given up; make room there'
          : `\`rootseal undeploy ID\` makes room; these can go: ${spare.join(', ')}`,
    },
  );
}

const MEGABYTE = 1e6;

function amount(bytes: number, unit: 'bytes' | 'MB'): string {
  return `${unit === 'bytes' ? bytes : (bytes / MEGABYTE).toFixed(1)} ${unit}`;
}

/** Ids of deployments that `undeploy` would let go. */
function prunable(record: DeploymentRecord): string[] {
  return record.deployments
    .filter(({ id, pinned, boots }) => {
      if (pinned || rolesOf(record, id).some((role) => role !== 'rollback')) return false;
      const isDefaultGood = findDeployment(record, record.default)?.boots === 'good';
      return boots !== 'good' || isDefaultGood;
    })
    .map(({ id }) => id);
}
