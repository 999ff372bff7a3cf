/** What `repair` would do, as far as the host can be seen: what cannot be seen of it hides nothing of the rest. */
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { listDeploymentRefs } from '../../repo/deployment-refs.js';
import { atOnce } from '../../util/steps.js';
import type { EspContents } from '../boot-loader/read-esp.js';
import type { Sysroot } from '../host/sysroot.js';
import { reconcile } from '../plan/reconcile.js';
import type { Action, World } from '../plan/world.js';
import { observeEsp, observeStates } from '../record/observe.js';
import { readFloor } from '../record/store.js';
import type { Attempts } from './attempts.js';
import { describeDifferences } from './differences.js';

/** What a host is looked at for, one thing after the other. */
type Part = 'esp' | 'states' | 'refs' | 'floor';

/** What says that a step is due. */
const PART_OF: Readonly<Record<Action['do'], Part | undefined>> = {
  'name-deployment': 'refs',
  'forget-deployment': 'refs',
  'make-state': 'states',
  'merge-etc': 'states',
  'remove-state': 'states',
  'install-kernel': 'esp',
  'write-entry': 'esp',
  'rename-entry': 'esp',
  'remove-entry': 'esp',
  'remove-kernel': 'esp',
  'set-floor': 'floor',
  save: undefined,
  'save-facts': undefined,
  settle: undefined,
};

/**
 * @param esp undefined when it cannot be read
 * @param attempts gets what cannot be seen
 * @returns one sentence for each step that is due
 */
export function findDifferences(
  sysroot: Sysroot,
  record: DeploymentRecord,
  esp: EspContents | undefined,
  attempts: Attempts,
): string[] {
  // An interrupted change is told as such.
  if (record.intent !== null) return [];
  const unseen = new Set<Part>();
  const see = <T>(part: Part, otherwise: T, look: () => T): T => {
    unseen.add(part);
    return attempts.sync(otherwise, () => {
      const seen = look();
      unseen.delete(part);
      return seen;
    });
  };
  if (esp === undefined) unseen.add('esp');
  const boot = esp && see('esp', undefined, () => atOnce(observeEsp(sysroot.boot, esp, record)));
  const world: World = {
    ...(boot ?? { entries: [], kernels: [], strays: [] }),
    states: see('states', [], () => observeStates(sysroot)),
    named: see('refs', [], () => listDeploymentRefs(sysroot.repository())),
    floor: see('floor', undefined, () => readFloor(sysroot)),
  };
  const isSeen = (action: Action) => {
    const part = PART_OF[action.do];
    return part !== undefined && !unseen.has(part);
  };
  return describeDifferences(reconcile(record, record, world).filter(isSeen));
}
