/** Whether the boot entries of a plan fit on the ESP, before anything is changed. */
import fs from 'node:fs';
import { printBootEntry } from '../../formats/boot-loader/entry.js';
import { bootEntryOf } from '../../formats/deployment/boot-entry.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { Plan } from '../plan/plan.js';
import { requireSpace } from '../space/require.js';

/**
 * An entry is written beside the one that it replaces, so each needs room of its own.
 * @param boot root directory of the ESP
 * @throws {RootsealError} NO_SPACE
 */
export function requireEntryRoom(boot: string, { record, actions }: Plan): void {
  const files = actions.flatMap((action) =>
    action.do === 'write-entry' ? [entrySize(record, action.id)] : [],
  );
  if (files.length === 0 || !fs.existsSync(boot)) return;
  requireSpace({ place: 'the ESP', directory: boot, files, exact: true }, record);
}

function entrySize(record: DeploymentRecord, id: string): number {
  const deployment = findDeployment(record, id);
  return deployment === undefined ? 0 : Buffer.byteLength(printBootEntry(bootEntryOf(deployment)));
}
