/** The kernel command line of a deployment: what the boot program needs, what was said at installation, by whom else, and by hand. */
import type { Deployment, KernelArgument } from '../../formats/deployment/deployment.js';
import { argumentProblem, isMeant, showArgument } from '../../formats/kargs.js';
import { RootsealError } from '../../util/errors.js';

/** What a verb adds and takes away. */
export interface ArgumentChanges {
  readonly append: readonly string[];
  readonly delete: readonly string[];
}

export const NO_CHANGES: ArgumentChanges = { append: [], delete: [] };

export interface ArgumentSources {
  readonly id: string;
  readonly image: string;
  /** The deployment that the new one comes after. */
  readonly previous: Deployment | undefined;
  /** Said at installation: where the root partition is. */
  readonly install: readonly string[];
  /** Of the image and of the machine. */
  readonly configured: readonly KernelArgument[];
  readonly changes: ArgumentChanges;
}

/** @throws {RootsealError} PATH_NOT_FOUND when what is to be taken away is not there */
export function computeArguments(sources: ArgumentSources): readonly KernelArgument[] {
  const { id, image, previous, install, configured, changes } = sources;
  const hex = image.slice(image.indexOf(':') + 1);
  const kept = (from: string) => previous?.arguments.filter((one) => one.from === from) ?? [];
  const own: KernelArgument[] = [{ value: `composefs.digest=${image}`, from: 'rootseal' }];
  if (id !== hex) own.push({ value: `rootseal.state=${id}`, from: 'rootseal' });
  const installed =
    install.length > 0 ? install.map((value) => ({ value, from: 'install' })) : kept('install');
  const added = changes.append.map((value) => ({ value, from: 'verb' }));
  const list = withoutRepeats([...configured, ...kept('verb')]);
  const left = changes.delete.reduce(remove, [...installed, ...list]);
  return withoutRepeats([...own, ...left, ...added]);
}

function withoutRepeats(list: readonly KernelArgument[]): KernelArgument[] {
  return list.filter(({ value }, index) => list.findIndex((one) => one.value === value) === index);
}

/** What was said at installation stays: without it the root partition is not found. */
function remove(list: KernelArgument[], wanted: string): KernelArgument[] {
  const kept = list.filter(({ value, from }) => from === 'install' || !isMeant(value, wanted));
  if (kept.length < list.length) return kept;
  throw new RootsealError('PATH_NOT_FOUND', `there is no kernel argument ${wanted} to delete`, {
    hint: '`rootseal kargs` shows the kernel arguments, and who wants each',
  });
}

/**
 * Arguments that a person gives.
 * @param option for the message
 * @throws {RootsealError} USAGE
 */
export function requireArguments(option: string, given: readonly string[]): readonly string[] {
  for (const argument of given) {
    const problem = argumentProblem(argument);
    if (problem !== undefined)
      throw new RootsealError('USAGE', `${option} ${showArgument(argument)}: ${problem}`);
  }
  return given;
}
