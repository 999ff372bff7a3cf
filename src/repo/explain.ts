/** Why `gc` keeps an object: which ref reaches which commit, whose image needs it, for which paths. */
import { pathsOfObjects } from '../formats/tree/tree-objects.js';
import { toDisplay } from '../util/bytes.js';
import type { Digest } from '../util/digest.js';
import { imageOf, readImageOf } from './images.js';
import { reachedCommits, type ReachOptions } from './reach.js';
import type { Repository } from './repository.js';

export interface Explanation {
  readonly commit: string;
  readonly ref: string;
  readonly role: 'image' | 'content';
  /** Absolute paths in the tree; empty for an image. */
  readonly paths: readonly string[];
}

/** One entry for each commit that needs the object; none when nothing does. */
export async function explainObject(
  repository: Repository,
  object: Digest,
  options: ReachOptions,
): Promise<Explanation[]> {
  const explanations: Explanation[] = [];
  for (const { id, commit, ref } of reachedCommits(repository, options)) {
    const image = imageOf(repository, commit).digest;
    const entry = {
      commit: id,
      ref: ref === undefined ? 'a deployment' : `${ref.kind} ${ref.name}`,
    };
    if (image === object) {
      explanations.push({ ...entry, role: 'image', paths: [] });
      continue;
    }
    const tree = await readImageOf(repository, commit);
    const paths = pathsOfObjects(tree, new Set([object])).get(object);
    if (paths !== undefined)
      explanations.push({ ...entry, role: 'content', paths: paths.map(toDisplay) });
  }
  return explanations;
}
