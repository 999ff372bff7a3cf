/** Whether the repository has what a deployment starts from. */
import type { CommitId } from '../../formats/commit/commit.js';
import { imageHex, isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import { hasCommit } from '../../repo/commits.js';
import { isLinkedImage } from '../../repo/images.js';
import { imageLink, objectFile } from '../../repo/layout.js';
import { objectSize } from '../../repo/objects.js';
import type { Repository } from '../../repo/repository.js';
import { ukiSize } from '../../repo/ukis.js';
import type { Digest } from '../../util/digest.js';

/** Commit, image, its name, and the unified kernel image where it is started from that. Nothing is read, so it can be asked at any time. */
export function imageProblems(repository: Repository, deployment: Deployment): string[] {
  const digest = imageHex(deployment) as Digest;
  const problems: string[] = [];
  if (!hasCommit(repository, deployment.commit as CommitId))
    problems.push(`its commit ${deployment.commit} is missing in the repository`);
  if (objectSize(repository, digest) === undefined)
    problems.push(`its image is missing: ${repository.file(objectFile(digest))}`);
  else if (!isLinkedImage(repository, digest))
    problems.push(`its image has no name: ${repository.file(imageLink(digest))} is missing`);
  if (isUnified(deployment) && ukiSize(repository, deployment.commit as CommitId) === undefined)
    problems.push('its unified kernel image is missing in the repository');
  return problems;
}

/** @param missing digests of objects of the image */
export function objectProblems(missing: readonly Digest[]): string[] {
  const [first] = missing;
  if (first === undefined) return [];
  const count = missing.length;
  return [
    `${count} ${count === 1 ? 'object' : 'objects'} of its image ${count === 1 ? 'is' : 'are'} missing: ${first}${count === 1 ? '' : ' and others'}`,
  ];
}
