/** What the merge of a deployment's `/etc` came to: `state/deploy/<id>/etc-conflicts.json`. */
import { parseJsonDocument } from '../../formats/json-document.js';
import { count, listOf, object, oneOf, required, requireShape, text } from '../../formats/shape.js';
import { RootsealError } from '../../util/errors.js';
import { readStateFile } from '../state/state-file.js';
import type { EtcReport } from './merge-trees.js';
import { placeFile } from './place.js';

const SIZE_MAX = 1 << 22;
const LIST_MAX = 100_000;
const FORMAT = 'etc-conflicts.json';
export const ETC_REPORT_FILE = 'etc-conflicts.json';

const any = text(() => undefined);

/**
 * @param place absolute path of the deployment's directory
 * @returns undefined when there is none, or a damaged one: it only tells what was done
 */
export function readEtcReport(place: string): EtcReport | undefined {
  try {
    return loadEtcReport(place);
  } catch (error) {
    if (error instanceof RootsealError) return undefined;
    throw error;
  }
}

/** The same for whoever tells of it. @throws {RootsealError} FORMAT_INVALID when it is damaged */
export function loadEtcReport(place: string): EtcReport | undefined {
  const bytes = readStateFile(`${place}/${ETC_REPORT_FILE}`, SIZE_MAX);
  if (bytes === undefined) return undefined;
  const value = parseJsonDocument(FORMAT, bytes, SIZE_MAX);
  requireShape(FORMAT, value, {
    kept: required(count),
    taken: required(count),
    conflicts: required(
      listOf(
        object({
          path: required(any),
          kind: required(oneOf('both-changed', 'type', 'deleted')),
          detail: required(any),
        }),
        LIST_MAX,
      ),
    ),
    replaced: required(listOf(any, LIST_MAX)),
  });
  return value as unknown as EtcReport;
}

/** Items of each list that are written; the numbers always count all. */
const WRITTEN_MAX = 10_000;
/** Longest list that is written, in bytes of JSON. */
const WRITTEN_BYTES_MAX = SIZE_MAX / 4;

/** Writes it whole, or leaves what was there. Lists that are too long are cut. */
export function writeEtcReport(place: string, report: EtcReport): void {
  const conflicts = firstItems(report.conflicts);
  const replaced = firstItems(report.replaced);
  const text = JSON.stringify({ ...report, conflicts, replaced }, undefined, 2);
  placeFile(`${place}/${ETC_REPORT_FILE}`, `${text}\n`);
}

function firstItems<T>(items: readonly T[]): T[] {
  const kept: T[] = [];
  let size = 0;
  for (const item of items.slice(0, WRITTEN_MAX)) {
    size += Buffer.byteLength(JSON.stringify(item));
    if (size > WRITTEN_BYTES_MAX) break;
    kept.push(item);
  }
  return kept;
}
