/**
 * Every command, in the order of `rootseal --help`. Each is loaded when it is named, so that a command does not pay
 * for the others.
 */
import type { AnyCommand } from '../command.js';

/** A command's first word, and how to load it. */
type Entry = readonly [name: string, load: () => Promise<AnyCommand>];

const ENTRIES: readonly Entry[] = [
  ['init', async () => (await import('./init.js')).init],
  ['commit', async () => (await import('./commit.js')).commit],
  ['log', async () => (await import('./log.js')).log],
  ['show', async () => (await import('./show.js')).show],
  ['ls', async () => (await import('./ls.js')).ls],
  ['cat', async () => (await import('./cat.js')).cat],
  ['diff', async () => (await import('./diff.js')).diff],
  ['checkout', async () => (await import('./checkout.js')).checkout],
  ['export', async () => (await import('./export.js')).exportCommand],
  ['branch', async () => (await import('./refs.js')).branch],
  ['tag', async () => (await import('./refs.js')).tag],
  ['rev-parse', async () => (await import('./rev-parse.js')).revParse],
  ['fsck', async () => (await import('./fsck.js')).fsck],
  ['gc', async () => (await import('./gc.js')).gc],
  ['du', async () => (await import('./du.js')).du],
  ['remote', async () => (await import('./remote.js')).remote],
  ['pull', async () => (await import('./remote.js')).pull],
  ['image', async () => (await import('./image/index.js')).image],
  ['initramfs', async () => (await import('./initramfs.js')).initramfs],
  ['verity', async () => (await import('./verity.js')).verity],
  ['key', async () => (await import('./key.js')).key],
  ['seal', async () => (await import('./seal.js')).seal],
  ['verify', async () => (await import('./verify.js')).verify],
  ['disk', async () => (await import('./disk.js')).disk],
  ['install', async () => (await import('./install.js')).install],
  ['status', async () => (await import('./status.js')).status],
  ['deploy', async () => (await import('./deploy.js')).deploy],
  ['upgrade', async () => (await import('./upgrade.js')).upgrade],
  ['switch', async () => (await import('./upgrade.js')).switchCommand],
  ['rollback', async () => (await import('./deployments.js')).rollback],
  ['undeploy', async () => (await import('./deployments.js')).undeploy],
  ['pin', async () => (await import('./deployments.js')).pin],
  ['unpin', async () => (await import('./deployments.js')).unpin],
  ['kargs', async () => (await import('./deploy.js')).kargs],
  ['etc', async () => (await import('./etc.js')).etc],
  ['usr-overlay', async () => (await import('./usr-overlay.js')).usrOverlay],
  ['finalize-staged', async () => (await import('./boots.js')).finalizeStagedCommand],
  ['boot-complete', async () => (await import('./boots.js')).bootComplete],
  ['bless', async () => (await import('./boots.js')).blessCommand],
  ['repair', async () => (await import('./boots.js')).repairCommand],
  ['health', async () => (await import('./health.js')).health],
  ['boot-failed', async () => (await import('./boot-failed.js')).bootFailed],
  ['help', async () => (await import('./help.js')).help],
];

/**
 * The command that a command line begins with, or all of them when it begins with something else: then the parser
 * lists them or says what is wrong.
 */
export async function loadCommands(firstWord?: string): Promise<readonly AnyCommand[]> {
  const named = ENTRIES.find(([name]) => name === firstWord);
  if (named !== undefined) return [await named[1]()];
  return Promise.all(ENTRIES.map(([, load]) => load()));
}
