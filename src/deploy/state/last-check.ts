/** When the origin was asked for the last time, and what it had: `state/last-check.json`. */
import { versionProblem } from '../../formats/commit/fields.js';
import { timeProblem } from '../../formats/time.js';
import { parseJsonDocument } from '../../formats/json-document.js';
import { matching, object, required, requireShape, text } from '../../formats/shape.js';
import type { Sysroot } from '../host/sysroot.js';
import { readStateFile, writeStateFile } from './state-file.js';
import type { LastCheck } from '../status/status-report.js';

const FILE = 'state/last-check.json';
const FORMAT = 'last-check.json';
const SIZE_MAX = 1 << 14;

/** @throws {FormatError} when it is damaged */
export function readLastCheck(sysroot: Sysroot): LastCheck | undefined {
  const bytes = readStateFile(sysroot.file(FILE), SIZE_MAX);
  if (bytes === undefined) return undefined;
  const value = parseJsonDocument(FORMAT, bytes, SIZE_MAX);
  const name = text((given) => (given === '' ? 'it is empty' : undefined));
  requireShape(FORMAT, value, {
    time: required(text(timeProblem)),
    origin: required(object({ remote: required(name), branch: required(name) })),
    commit: required(matching(/^[0-9a-f]{64}$/, 'a commit id')),
    release: required(text(versionProblem)),
  });
  return value as unknown as LastCheck;
}

export function writeLastCheck(sysroot: Sysroot, check: LastCheck): void {
  writeStateFile(sysroot, FILE, `${JSON.stringify(check)}\n`);
}
