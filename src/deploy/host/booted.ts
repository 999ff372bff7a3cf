/** What the running system was started from: `/run/rootseal/boot.json` of the boot program (docs/formats/boot.md). */
import { deploymentId } from '../../formats/deployment/deployment.js';
import { parseJsonDocument } from '../../formats/json-document.js';
import {
  count,
  flag,
  listOf,
  object,
  oneOf,
  optional,
  required,
  requireShape,
  text,
  type Shape,
} from '../../formats/shape.js';
import { freeTextProblem } from '../../formats/commit/fields.js';
import { readSmallFile } from '../../repo/durable.js';

/** What the running system may call itself. */
export type Assurance = 'sealed' | 'verified' | 'unverified';

export interface BootReport {
  readonly id: string;
  readonly image: string;
  readonly assurance: Assurance;
  /** What keeps it from being sealed: words of docs/formats/boot.md, "Assurance". */
  readonly missing: readonly string[];
  readonly mode: string;
  readonly commit?: string;
  readonly name?: string;
  readonly release?: string;
  readonly sequence?: number;
  readonly keys: readonly { readonly name: string; readonly id: string }[];
  readonly secureBoot: boolean;
  readonly unifiedKernelImage: boolean;
  /** How the policy has `/etc` and `/var` mounted. */
  readonly etc: string;
  readonly var: string;
  readonly transientRoot: boolean;
}

const FORMAT = 'boot.json';
const SIZE_MAX = 1 << 16;
const free = text(freeTextProblem);
const BOOT: Shape = {
  version: required((value) => (value === 1 ? undefined : 'only version 1 is known')),
  id: required(deploymentId),
  image: required(free),
  assurance: required(oneOf('sealed', 'verified', 'unverified')),
  missing: required(listOf(free, 32)),
  mode: required(oneOf('seal', 'cmdline', 'none')),
  commit: optional(free),
  name: optional(free),
  release: optional(free),
  sequence: optional(count),
  keys: required(listOf(object({ name: required(free), id: required(free) }), 32)),
  secureBoot: required(flag),
  unifiedKernelImage: required(flag),
  etc: required(free),
  var: required(free),
  transientRoot: required(flag),
};

/**
 * @param runtime directory of the boot program's documents, `/run/rootseal`
 * @returns undefined when the system was not started by it
 * @throws {FormatError} when the document is malformed
 */
export function readBootReport(runtime: string): BootReport | undefined {
  const bytes = readSmallFile(`${runtime}/boot.json`, SIZE_MAX);
  if (bytes === undefined) return undefined;
  const value = parseJsonDocument(FORMAT, bytes, SIZE_MAX);
  requireShape(FORMAT, value, BOOT);
  return value as unknown as BootReport;
}
