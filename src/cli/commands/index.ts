/**
 * Every command, under the headings and in the order of `rootseal --help`. Each is loaded when it is named, so that a
 * command does not pay for the others.
 */
import type { AnyCommand } from '../command.js';

/** The headings of `rootseal --help`, in their order. */
export const GROUPS = [
  'Machine',
  'Releases',
  'Distribution',
  'Images and boot',
  'Called by systemd',
  'Also',
] as const;
export type Group = (typeof GROUPS)[number];

/** A command's first word, and how to load it. `rootseal --help` says what an everyday one does, and names the others. */
type Entry = readonly [name: string, load: () => Promise<AnyCommand>, everyday?: 'everyday'];

const ENTRIES: Readonly<Record<Group, readonly Entry[]>> = {
  Machine: [
    ['status', async () => (await import('./status.js')).status, 'everyday'],
    ['upgrade', async () => (await import('./upgrade.js')).upgrade, 'everyday'],
    ['switch', async () => (await import('./upgrade.js')).switchCommand, 'everyday'],
    ['rollback', async () => (await import('./deployments.js')).rollback, 'everyday'],
    ['kargs', async () => (await import('./deploy.js')).kargs, 'everyday'],
    ['etc', async () => (await import('./etc.js')).etc, 'everyday'],
    ['deploy', async () => (await import('./deploy.js')).deploy],
    ['undeploy', async () => (await import('./deployments.js')).undeploy],
    ['pin', async () => (await import('./deployments.js')).pin],
    ['unpin', async () => (await import('./deployments.js')).unpin],
    ['repair', async () => (await import('./boot-outcome.js')).repairCommand],
    ['health', async () => (await import('./health.js')).health],
    ['doctor', async () => (await import('./doctor.js')).doctor],
    ['usr-overlay', async () => (await import('./usr-overlay.js')).usrOverlay],
  ],
  Releases: [
    ['init', async () => (await import('./init.js')).init],
    ['commit', async () => (await import('./commit.js')).commit],
    ['seal', async () => (await import('./seal.js')).seal],
    ['attest', async () => (await import('./attest.js')).attest],
    ['verify', async () => (await import('./verify.js')).verify],
    ['key', async () => (await import('./key.js')).key],
    ['log', async () => (await import('./log.js')).log],
    ['show', async () => (await import('./show.js')).show],
    ['diff', async () => (await import('./diff.js')).diff],
    ['report', async () => (await import('./report.js')).report],
    ['ls', async () => (await import('./ls.js')).ls],
    ['cat', async () => (await import('./cat.js')).cat],
    ['checkout', async () => (await import('./checkout.js')).checkout],
    ['export', async () => (await import('./export.js')).exportCommand],
    ['branch', async () => (await import('./refs.js')).branch],
    ['tag', async () => (await import('./refs.js')).tag],
    ['rev-parse', async () => (await import('./rev-parse.js')).revParse],
    ['fsck', async () => (await import('./fsck.js')).fsck],
    ['gc', async () => (await import('./gc.js')).gc],
    ['du', async () => (await import('./du.js')).du],
  ],
  Distribution: [
    ['remote', async () => (await import('./remote.js')).remote],
    ['pull', async () => (await import('./remote.js')).pull],
    ['lint', async () => (await import('./lint.js')).lint],
    ['uki', async () => (await import('./uki.js')).uki],
    ['disk', async () => (await import('./disk.js')).disk],
    ['install', async () => (await import('./install.js')).install],
  ],
  'Images and boot': [
    ['image', async () => (await import('./image/index.js')).image],
    ['initramfs', async () => (await import('./initramfs.js')).initramfs],
    ['secure-boot', async () => (await import('./secure-boot/index.js')).secureBoot],
    ['verity', async () => (await import('./verity.js')).verity],
  ],
  'Called by systemd': [
    ['finalize-staged', async () => (await import('./boot-outcome.js')).finalizeStagedCommand],
    ['boot-complete', async () => (await import('./boot-outcome.js')).bootComplete],
    ['bless', async () => (await import('./boot-outcome.js')).blessCommand],
    ['boot-failed', async () => (await import('./boot-failed.js')).bootFailed],
  ],
  Also: [
    ['help', async () => (await import('./help.js')).help],
    ['completion', async () => (await import('./completion.js')).completion],
  ],
};
const ALL = GROUPS.flatMap((group) => ENTRIES[group]);

/** The command of this name; undefined when there is none. */
export async function loadCommand(name: string): Promise<AnyCommand | undefined> {
  return ALL.find(([known]) => known === name)?.[1]();
}

/** All of them, in order. */
export async function loadCommands(): Promise<readonly AnyCommand[]> {
  return Promise.all(ALL.map(([, load]) => load()));
}

/** Whether a word is the first word of a command. */
export function isCommandName(word: string): boolean {
  return ALL.some(([name]) => name === word);
}

/** The first words of all commands, in order. */
export function listNames(): string[] {
  return ALL.map(([name]) => name);
}

/** What `rootseal --help` prints of one group. */
export interface ListedGroup {
  readonly group: Group;
  /** Those whose work is described, in order. */
  readonly everyday: readonly AnyCommand[];
  readonly others: readonly AnyCommand[];
}

/** Every command, in its group. */
export async function listCommands(): Promise<readonly ListedGroup[]> {
  const load = (entries: readonly Entry[]) => Promise.all(entries.map(([, command]) => command()));
  return Promise.all(
    GROUPS.map(async (group) => ({
      group,
      everyday: await load(ENTRIES[group].filter(([, , everyday]) => everyday !== undefined)),
      others: await load(ENTRIES[group].filter(([, , everyday]) => everyday === undefined)),
    })),
  );
}
