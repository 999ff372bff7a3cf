/** The running system was found not to work: what `rootseal boot-failed` does to the host that it runs on. */
import { HEALTH_REPORT_MAX, parseHealthReport } from '../../formats/health/health-report.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import { readSmallFile } from '../../repo/durable.js';
import { RootsealError } from '../../util/errors.js';
import { readLoaderState } from '../boot-loader/variables.js';
import { failBoot, hasGoodFallback } from '../verbs/boot-outcome.js';
import { RUNTIME_DIRECTORY, type Sysroot } from '../host/sysroot.js';
import { sendToJournal } from '../journal/journal-entry.js';
import { reboot } from '../verbs/reboot.js';
import type { SessionOptions } from '../record/session.js';
import { withSession } from '../record/with-session.js';
import { loadRecord } from '../record/store.js';
import { tellJournal } from '../journal/tell.js';
import { describeCheck } from './run-checks.js';
import { endFailedBoot, type Trial } from './trial.js';

/** The longest part of a reason, in characters. */
const REASON_MAX = 300;

export interface FailedBootOptions extends SessionOptions {
  /** Told what happens, in one line. */
  readonly remark: (line: string) => void;
}

/**
 * Marks the running deployment bad and reboots, if it is on trial and there is another one to go back to.
 *
 * @param sysroot the running system's, writable
 * @param wanted the reason, for people; is shortened to one line
 * @throws {RootsealError} NOT_BOOTED when rootseal has not started this system
 */
export async function handleFailedBoot(
  sysroot: Sysroot,
  wanted: string,
  options: FailedBootOptions,
): Promise<'reboot' | 'stay'> {
  const reason = oneLine(wanted);
  const id = sysroot.booted?.id;
  if (id === undefined) throw new RootsealError('NOT_BOOTED', 'no deployment is running');
  return endFailedBoot(reason, {
    trial: () => {
      const isCounted = readLoaderState().bootCountPath !== undefined;
      return Promise.resolve(trialOf(loadRecord(sysroot), id, isCounted));
    },
    markFailed: async () => {
      const change = await withSession(sysroot, options, (session) => failBoot(session, reason));
      tellJournal(change);
    },
    reboot: async () => {
      sendToJournal({
        id: 'BOOT_ABANDONED',
        message: `rebooting to another deployment: ${reason}`,
        fields: { ROOTSEAL_DEPLOYMENT: id },
      });
      await reboot();
    },
    remark: options.remark,
  });
}

/**
 * What the record and the boot loader say about the running boot of `id`.
 * @param isCounted whether the loader says that this boot is a try; it still does after the boot was blessed
 */
export function trialOf(record: DeploymentRecord, id: string, isCounted: boolean): Trial {
  const boots = findDeployment(record, id)?.boots ?? 'unknown';
  return {
    counted: isCounted && boots !== 'good',
    knownBad: boots === 'bad',
    hasFallback: hasGoodFallback(record, id),
  };
}

/** The required checks that failed, in words; undefined when there is no report of that. */
export function reasonFromReport(file = `${RUNTIME_DIRECTORY}/health.json`): string | undefined {
  const bytes = readSmallFile(file, HEALTH_REPORT_MAX);
  if (bytes === undefined) return undefined;
  const failed = parseHealthReport(bytes).checks.filter(
    ({ level, result }) => level === 'required' && result === 'failed',
  );
  const [first] = failed;
  if (first === undefined) return undefined;
  const others = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
  return `health check ${first.name} failed (${oneLine(describeCheck(first))})${others}`;
}

/** What the record takes as a reason. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return line.slice(0, REASON_MAX).replace(/\p{Cs}$/u, '');
}
