/** Runs the health checks, one after the other, and tells what came of it. */
import fs from 'node:fs';
import path from 'node:path';
import { printTime } from '../../formats/time.js';
import {
  DEFAULT_HEALTH_CONFIG,
  parseHealthConfig,
  timeoutOf,
  type HealthConfig,
} from '../../formats/health/health-config.js';
import {
  overallResult,
  printHealthReport,
  type CheckResult,
  type HealthReport,
} from '../../formats/health/health-report.js';
import { SETTINGS_FILE_MAX } from '../../formats/setting-lines.js';
import { runGroup } from '../../linux/process-group.js';
import { parseNamedFile, readNamedFile } from '../../release/named-file.js';
import { writeFileDurable } from '../../repo/durable.js';
import { describeError } from '../../util/errors.js';
import { sendToJournal } from '../journal/journal-entry.js';
import { findChecks, type Check, type HealthPlaces } from './find-checks.js';

/** How much of the end of a check's output is kept, in bytes. */
export const OUTPUT_MAX = 4096;
const CONFIG_FILE = 'health.conf';
const REPORT_FILE = '/run/rootseal/health.json';

/**
 * Runs every check.
 * @param now seconds since 1970
 * @param done called after each
 */
export async function runHealthChecks(
  places: HealthPlaces,
  now: number,
  done: (check: CheckResult) => void = () => undefined,
): Promise<HealthReport> {
  const { config, complaint } = loadConfig(places);
  const checks: CheckResult[] = complaint === undefined ? [] : [complaint];
  for (const check of findChecks(places)) {
    const result = await runCheck(check, timeoutOf(config, check.name));
    checks.push(result);
    done(result);
  }
  return { version: 1, time: printTime(now), result: overallResult(checks), checks };
}

/** Time limits that nobody understands are not a reason to give up a boot: the defaults hold then, and it is told. */
function loadConfig({ directories }: HealthPlaces): {
  config: HealthConfig;
  complaint?: CheckResult;
} {
  const file = directories
    .map((directory) => path.join(directory, CONFIG_FILE))
    .find((candidate) => fs.existsSync(candidate));
  if (file === undefined) return { config: DEFAULT_HEALTH_CONFIG };
  try {
    const bytes = readNamedFile(file, SETTINGS_FILE_MAX);
    return { config: parseNamedFile(file, () => parseHealthConfig(bytes)) };
  } catch (error) {
    const complaint = notRun({ name: CONFIG_FILE, level: 'wanted' }, describeError(error));
    return { config: DEFAULT_HEALTH_CONFIG, complaint };
  }
}

async function runCheck(check: Check, timeout: number): Promise<CheckResult> {
  const { name, level, file, obstacle } = check;
  if (obstacle !== undefined) return notRun(check, obstacle.why, obstacle.result);
  try {
    const limits = { timeoutMs: timeout * 1000, outputMax: OUTPUT_MAX, cwd: '/' };
    const { output, ...ending } = await runGroup(file, limits);
    const result = ending.status === 0 && !ending.timedOut ? 'passed' : 'failed';
    return { name, level, result, ...ending, output: output.toString('utf8') };
  } catch (error) {
    return notRun(check, describeError(error));
  }
}

function notRun(
  { name, level }: Pick<Check, 'name' | 'level'>,
  output: string,
  result: 'failed' | 'skipped' = 'failed',
): CheckResult {
  return { name, level, result, status: null, timedOut: false, milliseconds: 0, output };
}

/** Why a check failed, in words. */
export function describeCheck(check: CheckResult): string {
  const { result, status, signal, timedOut, milliseconds, output } = check;
  if (timedOut) return `took longer than ${Math.floor(milliseconds / 1000)} s`;
  if (signal !== undefined) return `was ended by ${signal}`;
  if (status === null) return output;
  return result === 'passed' ? '' : `exit status ${status}`;
}

/** Tells the journal of every check that failed. */
export function reportToJournal({ checks }: HealthReport): void {
  for (const check of checks.filter(({ result }) => result === 'failed')) {
    const isRequired = check.level === 'required';
    sendToJournal({
      id: isRequired ? 'HEALTH_CHECK_REQUIRED_FAILED' : 'HEALTH_CHECK_WANTED_FAILED',
      message: `${check.level} health check ${check.name} failed: ${describeCheck(check)}`,
      fields: {
        ROOTSEAL_CHECK: check.name,
        ROOTSEAL_CHECK_LEVEL: check.level,
        ROOTSEAL_CHECK_OUTPUT: check.output,
      },
    });
  }
}

/**
 * Writes the report where `status` and others find it.
 * @returns whether there is a place for it: only a machine that rootseal started has one
 */
export function saveReport(report: HealthReport, file = REPORT_FILE): boolean {
  const folder = path.dirname(file);
  if (!fs.existsSync(folder)) return false;
  writeFileDurable(folder, file, printHealthReport(report));
  return true;
}
