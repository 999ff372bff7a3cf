/** Kernel arguments that the files of two images ask for (rootseal-kargs.d(5)). */
import type { KernelArgument } from '../../formats/deployment/deployment.js';
import type { Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError, describeError } from '../../util/errors.js';
import { configuredArguments } from '../configured-arguments.js';

/** What an image asks for; a sentence where its files cannot be read. */
export type AskedArguments =
  | { readonly list: readonly KernelArgument[]; readonly problem: undefined }
  | { readonly list: undefined; readonly problem: string };

export interface ArgumentChanges {
  readonly from: AskedArguments;
  readonly to: AskedArguments;
  /** In the order of the command line; a value that is asked for more often than before is added that many times. */
  readonly added: readonly KernelArgument[];
  readonly removed: readonly KernelArgument[];
  /** The same arguments, in another order: the last one of a name may count. */
  readonly isReordered: boolean;
}

export async function compareArguments(
  repository: Repository,
  before: Tree,
  after: Tree,
): Promise<ArgumentChanges> {
  const from = await askedArguments(repository, before);
  const to = await askedArguments(repository, after);
  const [old, now] = [from.list ?? [], to.list ?? []];
  const added = without(now, old);
  const removed = without(old, now);
  const isReordered =
    added.length === 0 &&
    removed.length === 0 &&
    now.some(({ value }, index) => value !== old[index]?.value);
  return { from, to, added, removed, isReordered };
}

/** Damage of the repository is thrown; files that ask for nonsense are a fact about the image. */
async function askedArguments(repository: Repository, tree: Tree): Promise<AskedArguments> {
  try {
    return { list: await configuredArguments(repository, tree, undefined), problem: undefined };
  } catch (error) {
    const isOfImage =
      error instanceof RootsealError && /^(?:FORMAT_INVALID|UNSUPPORTED)$/.test(error.code);
    if (!isOfImage) throw error;
    return { list: undefined, problem: describeError(error) };
  }
}

function without(
  list: readonly KernelArgument[],
  others: readonly KernelArgument[],
): KernelArgument[] {
  const left = new Map<string, number>();
  for (const { value } of others) left.set(value, (left.get(value) ?? 0) + 1);
  return list.filter(({ value }) => {
    const count = left.get(value) ?? 0;
    if (count > 0) left.set(value, count - 1);
    return count === 0;
  });
}
