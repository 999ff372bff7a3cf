/** What will run after the running system has shut down in order: not what the boot loader would take if the power failed now. */
import type { Choice } from '../../formats/boot-loader/choice.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';

export interface AfterReboot {
  /** Id of the deployment; null when none of ours is started. */
  readonly deployment: string | null;
  /** What decides: `staged`, or what decides in the boot loader; null when there is no boot entry. */
  readonly by: 'staged' | Choice['by'] | null;
}

/**
 * @param choice what the boot loader would take now
 * @param chosen id of the deployment that this is
 */
export function afterReboot(
  { staged, default: standard }: DeploymentRecord,
  choice: Choice | undefined,
  chosen: string | undefined,
): AfterReboot {
  // What is staged becomes the default; an entry that somebody else asked for goes before the default.
  const takesDefault = choice === undefined || choice.by === 'order' || chosen === standard;
  const isOverridden = choice?.by === 'LoaderEntryOneShot' || choice?.by === 'LoaderEntryDefault';
  if (staged !== null && takesDefault && !isOverridden) return { deployment: staged, by: 'staged' };
  return { deployment: chosen ?? null, by: choice?.by ?? null };
}
