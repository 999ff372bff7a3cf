/** What follows when a boot has failed: nothing on most boots, and the way back to a good deployment on a trial. */

/** What is known about the running boot. */
export interface Trial {
  /** Whether the boot loader counts this boot as a try. */
  readonly counted: boolean;
  /** Whether the running deployment was marked bad before: then somebody chose it by hand, to look at it. */
  readonly knownBad: boolean;
  /** Whether another deployment is known to be good, so that the boot loader has something to go back to. */
  readonly hasFallback: boolean;
}

/**
 * Whether a machine whose boot has failed is to leave it. Without something to go back to it stays, where it can be mended;
 * a boot that was good once may have been worked with for months, so it stays as well.
 */
export function decideAfterFailure({ counted, knownBad, hasFallback }: Trial): 'reboot' | 'stay' {
  return counted && !knownBad && hasFallback ? 'reboot' : 'stay';
}

/** What a failed boot needs of the machine. */
export interface TrialActions {
  readonly trial: () => Promise<Trial>;
  /** Marks the running deployment bad, in the record and for the boot loader. */
  readonly markFailed: (reason: string) => Promise<void>;
  readonly reboot: () => Promise<void>;
  /** Told what happens, in one line. */
  readonly remark: (line: string) => void;
}

/**
 * Ends a boot that has failed.
 *
 * The reboot comes also when the deployment cannot be marked: the boot loader's counter alone leads away from it in the end.
 */
export async function endFailedBoot(
  reason: string,
  { trial, markFailed, reboot, remark }: TrialActions,
): Promise<'reboot' | 'stay'> {
  const known = await trial();
  const decision = decideAfterFailure(known);
  if (decision === 'stay') {
    remark(`this boot has failed and goes on: ${whyStay(known)}`);
    return decision;
  }
  try {
    await markFailed(reason);
  } finally {
    remark(`this boot has failed: rebooting to another deployment (${reason})`);
    await reboot();
  }
  return decision;
}

function whyStay({ counted, knownBad }: Trial): string {
  if (!counted) return 'it is not on trial';
  return knownBad
    ? 'its deployment was known to be bad before'
    : 'no other deployment is known to be good';
}
