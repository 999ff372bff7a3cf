/** What a host lacks of what its record says, in words. */
import type { Action } from '../plan/world.js';

type Words = {
  readonly [K in Action['do']]: (action: Extract<Action, { readonly do: K }>) => string;
};

/** Why `repair` would take a step; empty for those that say nothing about the host. */
const WORDS: Words = {
  'name-deployment': ({ id }) =>
    `the repository does not say that ${id} is deployed, so that gc may miss it`,
  'make-state': ({ deployment }) => `the state of ${deployment.id} is missing`,
  'merge-etc': ({ id }) => `/etc of ${id} is missing`,
  'install-kernel': ({ hash }) => `kernel ${hash} is missing or damaged on the ESP`,
  'set-floor': ({ floor }) => `the sequence floor on the disk is not ${floor}`,
  'write-entry': ({ file }) => `boot entry ${file} is missing or was changed`,
  'rename-entry': ({ file }) => `the counter of boot entry ${file} is not what it should be`,
  'remove-entry': ({ file }) => `boot entry ${file} belongs to no deployment`,
  'remove-kernel': ({ name }) => `rootseal/${name} on the ESP belongs to no deployment`,
  'remove-state': ({ id }) => `the state of ${id} belongs to no deployment`,
  'forget-deployment': ({ id }) =>
    `the repository keeps what ${id} needs, and there is no such deployment`,
  save: () => '',
  'save-facts': () => '',
  settle: () => '',
};

/** One sentence for each step that `repair` would take; a kernel that is not whole is taken away and copied again. */
export function describeDifferences(actions: readonly Action[]): string[] {
  const copied = new Set(actions.flatMap((one) => (one.do === 'install-kernel' ? [one.hash] : [])));
  return actions
    .filter((action) => action.do !== 'remove-kernel' || !copied.has(action.name))
    .map((action) => (WORDS[action.do] as (action: Action) => string)(action))
    .filter((line) => line !== '');
}
