/** A host's status for people: what runs, what will, what there is, and what needs somebody. */
import type { BootReport } from '../../deploy/host/booted.js';
import type { StatusDeployment, StatusReport } from '../../deploy/status/status-report.js';
import { printOrigin } from '../../deploy/record/origin.js';
import type { Context } from '../context.js';
import { age } from './age.js';
import type { Style } from './color.js';
import { fold, SCREEN_WIDTH } from './fold.js';
import { deploymentLines, shortId, titleOf, triesText } from './status-deployments.js';
import { dateOfSequence, shortTime } from './times.js';
import { counted } from './units.js';

interface Row {
  readonly key: string;
  readonly value: string;
  readonly style?: Style;
}

/** Parts with a blank line between them. */
export function renderStatus(context: Context, report: StatusReport): string {
  const parts = [
    rowLines(context, roleRows(context, report)),
    report.deployments.length === 0
      ? [`No deployments in ${report.sysroot}.`]
      : deploymentLines(context, report),
    rowLines(context, hostRows(context, report)),
    problemLines(context, report),
  ];
  return `${parts
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const KEY_WIDTH = 16;

function rowLines({ paint }: Context, rows: readonly Row[]): string[] {
  return rows.flatMap(({ key, value, style }) => {
    const [first = '', ...more] = fold(value, SCREEN_WIDTH - KEY_WIDTH);
    const painted = (line: string) => (style === undefined ? line : paint(style, line));
    return [
      `${paint('title', key)}${' '.repeat(KEY_WIDTH - key.length)}${painted(first)}`,
      ...more.map((line) => `${' '.repeat(KEY_WIDTH)}${painted(line)}`),
    ];
  });
}

function roleRows(context: Context, report: StatusReport): Row[] {
  if (report.deployments.length === 0) return [];
  const { booted, roles, deployments } = report;
  const find = (id: string | null) => deployments.find((one) => one.id === id);
  const rows: Row[] = [];
  const running = booted?.id ?? roles.booted;
  // Elsewhere than on the running system, only the record tells.
  const key = booted === null ? 'Last running' : 'Running';
  if (running !== null) rows.push({ key, ...runningText(context, running, find(running)) });
  rows.push({ key: 'After a reboot', value: afterRebootText(report, running) });
  const rollback = find(roles.rollback);
  rows.push({ key: 'Rollback', value: rollback === undefined ? 'none' : titleOf(rollback) });
  return rows;
}

function runningText(
  { now }: Context,
  id: string,
  deployment: StatusDeployment | undefined,
): Pick<Row, 'value' | 'style'> {
  if (deployment === undefined)
    return { value: `${shortId(id)}, which the record does not know`, style: 'bad' };
  const { boots, blessed } = deployment;
  const title = titleOf(deployment);
  if (boots === 'bad') return { value: `${title} (FAILED)`, style: 'bad' };
  if (boots === 'unknown') return { value: `${title} (on trial${triesText(deployment)})` };
  const since = blessed === null ? '' : ` ${age(blessed, now())}`;
  return { value: `${title} (found good${since})` };
}

function afterRebootText(
  { afterReboot, loader, deployments }: StatusReport,
  running: string | null,
) {
  const { deployment: id, by } = afterReboot;
  const deployment = deployments.find((one) => one.id === id);
  if (deployment === undefined)
    return loader.entry === null
      ? 'nothing: there is no boot entry'
      : `${loader.entry}${byText(by)}`;
  const why = by === 'staged' ? ' (staged)' : byText(by);
  return `${titleOf(deployment)}${why === '' && id === running ? ' (unchanged)' : why}`;
}

/** Names what decides when it is something unusual. */
function byText(by: string | null): string {
  return by === null || by === 'order' || by === 'loader.conf' ? '' : ` (because of ${by})`;
}

function hostRows(context: Context, report: StatusReport): Row[] {
  const { booted, encryption, floor, espExtras, usrOverlay, interrupted } = report;
  const rows: Row[] = [...originRows(context, report)];
  if (booted !== null) rows.push({ key: 'Trust', value: trustText(booted) });
  if (encryption !== null)
    rows.push({ key: 'Encrypted', value: `${encryption.type} on ${encryption.device}` });
  if (floor > 0) rows.push({ key: 'Floor', value: floorText(floor) });
  if (context.verbose) rows.push({ key: 'Boot loader', value: loaderText(report) });
  if (espExtras.length > 0) rows.push({ key: 'Beside images', value: extrasText(report) });
  if (usrOverlay)
    rows.push({ key: '/usr', value: 'can be written to; changes are lost at the end' });
  if (interrupted !== null)
    rows.push({
      key: 'Interrupted',
      value: `${interrupted.verb}, begun ${shortTime(interrupted.time)}; the next change or boot ends it`,
    });
  return rows;
}

function originRows({ now }: Context, { deployments, roles, lastCheck }: StatusReport): Row[] {
  const find = (id: string | null) => deployments.find((one) => one.id === id);
  const origin = (find(roles.staged) ?? find(roles.default))?.origin ?? null;
  if (origin === null) return [];
  const where = printOrigin(origin);
  const isAsked = lastCheck !== null && printOrigin(lastCheck.origin) === where;
  const asked = isAsked ? `, which had ${lastCheck.release} ${age(lastCheck.time, now())}` : '';
  return [{ key: 'Upgrades from', value: `${where}${asked}` }];
}

/** What is missing, in the words of the boot program; the first one of these that is says enough. */
const MISSING_TEXTS: readonly (readonly [word: string, text: string])[] = [
  ['secure-boot', 'Secure Boot is off'],
  ['setup-mode', 'the firmware is in setup mode: everybody can give it keys'],
  ['unified-kernel-image', 'it was not started as a unified kernel image'],
  ['stub-version', 'its systemd-stub lets unsigned boot entries add to the initramfs'],
  ['trust-manifest', 'its initramfs has no trust manifest'],
];

/** How far a boot was verified, in a line. */
export function trustText({
  assurance,
  missing,
}: Pick<BootReport, 'assurance' | 'missing'>): string {
  if (assurance === 'sealed') return 'sealed: verified from the firmware on';
  if (assurance === 'unverified') return 'unverified: no seal was enforced at boot';
  const why = MISSING_TEXTS.find(([word]) => missing.includes(word))?.[1] ?? missing.join(', ');
  return `verified; nothing vouches for the initramfs (${why})`;
}

/** Most paths that are named. */
const EXTRAS_SHOWN = 5;

function extrasText({ booted, espExtras }: StatusReport): string {
  const shown = espExtras.slice(0, EXTRAS_SHOWN).join(', ');
  const more = espExtras.length - EXTRAS_SHOWN;
  const isRead = booted?.assurance !== 'sealed';
  const use = isRead ? 'on the ESP; a stub may hand it to the system' : 'on the ESP; not read';
  return `${shown}${more > 0 ? ` and ${more} more` : ''} (${use})`;
}

function floorText(floor: number): string {
  const date = dateOfSequence(floor);
  const below = date === undefined ? `below sequence ${floor}` : `older than ${date}`;
  return `sealed releases ${below} are refused at boot`;
}

function loaderText({ loader }: StatusReport): string {
  return loader.entry === null ? 'no entry' : `${loader.entry}, by ${loader.by ?? ''}`;
}

const PROBLEM_INDENT = '  ';

function problemLines({ paint }: Context, { problems }: StatusReport): string[] {
  if (problems.length === 0) return [];
  const lines = problems.flatMap((problem) =>
    fold(problem, SCREEN_WIDTH - 2 * PROBLEM_INDENT.length).map((line, index) =>
      paint('bad', `${PROBLEM_INDENT.repeat(index === 0 ? 1 : 2)}${line}`),
    ),
  );
  return [paint('title', `${counted(problems.length, 'problem')}:`), ...lines];
}
