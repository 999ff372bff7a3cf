/**
 * The unified kernel image that a deployment was made with. Beside the commit there may be another by now: it can be signed anew, and then
 * a pull replaces it. What is on the ESP is as good, since its hash is in the record.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CommitId } from '../../formats/commit/commit.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import { identifyUki, kernelPath } from '../../formats/deployment/kernel-files.js';
import { UKI_SIZE_MAX } from '../../formats/uki/uki-sections.js';
import { readSmallFile } from '../../repo/durable.js';
import type { Repository } from '../../repo/repository.js';
import { readUki } from '../../repo/ukis.js';
import { isSystemError, RootsealError } from '../../util/errors.js';

/**
 * Its bytes, from the repository or else from the ESP; undefined where neither has them.
 * @param boot root directory of the ESP
 */
export async function deployedUki(
  repository: Repository,
  boot: string,
  deployment: Deployment,
): Promise<Buffer | undefined> {
  const { commit } = deployment;
  const stored = await orNone(() => readUki(repository, commit as CommitId));
  return isThat(deployment, stored) ? stored : deployedUkiOnEsp(boot, deployment);
}

/** The same from the ESP alone. */
export async function deployedUkiOnEsp(
  boot: string,
  deployment: Deployment,
): Promise<Buffer | undefined> {
  const file = `${boot}/${kernelPath(deployment.kernel.hash, 'uki.efi')}`;
  const bytes = await orNone(() => Promise.resolve(readSmallFile(file, UKI_SIZE_MAX)));
  return isThat(deployment, bytes) ? bytes : undefined;
}

/** What cannot be read is not there. */
async function orNone(read: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
    return undefined;
  }
}

function isThat({ kernel }: Deployment, bytes: Buffer | undefined): bytes is Buffer {
  return bytes !== undefined && isDeepStrictEqual(identifyUki(kernel.release, bytes), kernel);
}
