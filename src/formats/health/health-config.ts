/**
 * `health.conf`: how long health checks may take (rootseal-health(8)). Lines `timeout=SECONDS` before the first section hold
 * for all checks, those in a section `[check NAME]` for one.
 */
import { FormatError } from '../../util/errors.js';
import { trimBlanks, settingLines, type SettingLine } from '../setting-lines.js';
import { parseDecimal } from '../decimal.js';

/** Seconds that a check may take where nothing says otherwise. */
export const DEFAULT_TIMEOUT = 60;
/** The longest time limit, in seconds. */
export const TIMEOUT_MAX = 3600;

/** Time limits, in seconds. */
export interface HealthConfig {
  readonly timeout: number;
  /** By the name of the check. */
  readonly checks: ReadonlyMap<string, number>;
}

export const DEFAULT_HEALTH_CONFIG: HealthConfig = { timeout: DEFAULT_TIMEOUT, checks: new Map() };

const FORMAT = 'health.conf';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether `name` can be the name of a check. */
export function isCheckName(name: string): boolean {
  return NAME.test(name);
}

/** Seconds that the check `name` may take. */
export function timeoutOf(config: HealthConfig, name: string): number {
  return config.checks.get(name) ?? config.timeout;
}

/** @throws {FormatError} naming the line with an unknown or repeated section or key, or a value that is not allowed */
export function parseHealthConfig(bytes: Uint8Array): HealthConfig {
  const sections = new Map<string, number | undefined>();
  let section = '';
  for (const line of settingLines(bytes, FORMAT)) {
    if (line.text.startsWith('[')) {
      section = parseSection(line);
      if (sections.has(section)) throw refusal(line, 'the section is there twice');
      sections.set(section, undefined);
    } else {
      const seconds = parseTimeout(line);
      if (sections.get(section) !== undefined) throw refusal(line, 'the key is there twice');
      sections.set(section, seconds);
    }
  }
  const checks = new Map<string, number>();
  for (const [name, seconds] of sections) {
    if (name !== '' && seconds !== undefined) checks.set(name, seconds);
  }
  return { timeout: sections.get('') ?? DEFAULT_TIMEOUT, checks };
}

function parseSection(line: SettingLine): string {
  const name = /^\[check[ \t]+([^\]]*)\]$/.exec(line.text)?.[1];
  if (name === undefined) throw refusal(line, 'expected "[check NAME]"');
  const trimmed = trimBlanks(name);
  if (!isCheckName(trimmed)) throw refusal(line, 'this cannot be the name of a check');
  return trimmed;
}

function parseTimeout(line: SettingLine): number {
  const equals = line.text.indexOf('=');
  const key = trimBlanks(line.text.slice(0, Math.max(equals, 0)));
  if (key !== 'timeout') throw refusal(line, 'expected "timeout=SECONDS"');
  const seconds = parseDecimal(trimBlanks(line.text.slice(equals + 1)));
  if (seconds === undefined || seconds < 1 || seconds > TIMEOUT_MAX)
    throw refusal(line, `the time limit is not a whole number of seconds from 1 to ${TIMEOUT_MAX}`);
  return seconds;
}

function refusal({ number }: SettingLine, message: string): FormatError {
  return new FormatError(FORMAT, message, { line: number });
}
