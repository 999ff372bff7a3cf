/** What the policy of an image says of its own commit: asked by the rules about the seal, each of which tells one answer. */
import { decideSeal, type SealDecision } from './decide-seal.js';
import type { StartSubject } from './lint-subject.js';

export type SealState =
  /** There is no commit, no seal is wanted, or nothing can be said because of what other rules tell. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'other-name'; readonly wanted: string; readonly name: string }
  | { readonly kind: 'decided'; readonly decision: SealDecision };

export async function sealState({ commit, trust }: StartSubject): Promise<SealState> {
  const { policy, keys, revoked } = await trust();
  if (commit === undefined || policy === undefined || keys === undefined || revoked === undefined)
    return { kind: 'silent' };
  const { mode, threshold, name } = policy.verify;
  if (mode !== 'seal' || keys.size < threshold) return { kind: 'silent' };
  if (name !== undefined && name !== commit.commit.name)
    return { kind: 'other-name', wanted: name, name: commit.commit.name };
  return { kind: 'decided', decision: decideSeal(commit, { policy, keys, revoked }) };
}
