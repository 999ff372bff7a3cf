/** Steps of a plan in words. */
import type { Action } from '../../deploy/plan/world.js';

type Words = {
  readonly [K in Action['do']]: (action: Extract<Action, { readonly do: K }>) => string;
};

/** What was done; empty for what nobody sees. */
const WORDS: Words = {
  'name-deployment': ({ id }) => `told the repository that ${id} is deployed`,
  'make-state': ({ deployment }) => `made the state of ${deployment.id}`,
  'merge-etc': ({ id }) => `made /etc of ${id}`,
  'install-kernel': ({ hash }) => `copied kernel ${hash} to the ESP`,
  'set-floor': ({ floor }) => `set the sequence floor to ${floor}`,
  'write-entry': ({ file }) => `wrote boot entry ${file}`,
  'rename-entry': ({ file, to }) => `renamed boot entry ${file} to ${to}`,
  'remove-entry': ({ file }) => `removed boot entry ${file}`,
  'remove-kernel': ({ name }) => `removed ${name} from the ESP`,
  'remove-state': ({ id }) => `removed the state of ${id}`,
  'forget-deployment': ({ id }) => `told the repository that ${id} is no longer deployed`,
  save: () => '',
  'save-facts': () => '',
  settle: () => '',
};

/** One line for each step that changes something people can see. */
export function describeActions(actions: readonly Action[]): string[] {
  return actions
    .map((action) => (WORDS[action.do] as (action: Action) => string)(action))
    .filter((line) => line !== '');
}
