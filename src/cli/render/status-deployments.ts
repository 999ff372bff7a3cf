/** The deployments of a host for people: at most three lines each, and all that is known with `--verbose`. */
import type { StatusDeployment, StatusReport } from '../../deploy/status/status-report.js';
import { isUnified } from '../../formats/deployment/deployment.js';
import { printOrigin } from '../../deploy/record/origin.js';
import { changesNothing, describeCounts } from '../../formats/packages/summary.js';
import type { Context } from '../context.js';
import { cut, SCREEN_WIDTH } from './fold.js';
import { formatTable } from './table.js';
import { dateOfSequence, shortTime } from './times.js';
import { counted, formatBytes } from './units.js';

/** Digits of ids that are shown; `--verbose` shows all. */
const DIGITS = 12;
const DETAIL_INDENT = '    ';
/** Lines below the first that a deployment may have. */
const DETAILS_MAX = 2;

export function titleOf({ name, release }: StatusDeployment): string {
  return `${name} ${release}`;
}

export function shortId(id: string): string {
  const [hex = '', number] = id.split('.');
  return `${hex.slice(0, DIGITS)}${number === undefined ? '' : `.${number}`}`;
}

/** `, 2 tries left` of one whose boots are counted. */
export function triesText({ entry }: StatusDeployment): string {
  const left = entry?.triesLeft ?? null;
  if (left === null) return '';
  return `, ${left} ${left === 1 ? 'try' : 'tries'} left`;
}

/** Newest first. */
export function deploymentLines(context: Context, report: StatusReport): string[] {
  const { deployments } = report;
  const names = new Set(deployments.map(({ name }) => name));
  const rows = deployments.map((one) => [
    `${markOf(one)} ${names.size > 1 ? titleOf(one) : one.release}`,
    wordsOf(one),
    shortId(one.id),
    sealText(one),
  ]);
  const heads = formatTable(rows).split('\n');
  return deployments.flatMap((one, index) => [
    paintHead(context, one, heads[index] ?? ''),
    ...(context.verbose ? verboseLines(one) : briefLines(report, one)),
  ]);
}

function markOf({ boots, roles }: StatusDeployment): string {
  if (boots === 'bad') return '!';
  return roles.includes('booted') ? '*' : ' ';
}

function wordsOf({ boots, roles, pinned }: StatusDeployment): string {
  const words = boots === 'bad' ? ['FAILED'] : [];
  if (roles.includes('booted')) words.push('running');
  // What runs is the default nearly always.
  else if (roles.includes('default')) words.push('default');
  if (roles.includes('staged')) words.push('staged');
  if (roles.includes('rollback')) words.push('rollback');
  if (pinned) words.push('pinned');
  return words.join(', ');
}

/** Of the keys of what does not run, only the record tells. */
function sealText({ keys, keysFrom }: StatusDeployment): string {
  if (keys.length === 0) return 'no seal is known';
  return `${keysFrom === 'boot' ? 'signed by' : 'by the record,'} ${keys.join(', ')}`;
}

function paintHead({ paint, verbose }: Context, { boots }: StatusDeployment, head: string): string {
  const line = verbose ? head : cut(head, SCREEN_WIDTH);
  return boots === 'bad' ? paint('bad', line) : line;
}

/** What is worth a line, the most urgent first. */
function briefLines(report: StatusReport, deployment: StatusDeployment): string[] {
  return [
    ...failureLines(deployment),
    ...conflictLines(deployment),
    ...changedPackageLines(deployment),
    ...kindLines(report, deployment),
    ...argumentLines(report, deployment),
    ...trialLines(deployment),
  ]
    .slice(0, DETAILS_MAX)
    .map((line) => cut(`${DETAIL_INDENT}${line}`, SCREEN_WIDTH));
}

function failureLines({ boots, failure }: StatusDeployment): string[] {
  if (boots !== 'bad') return [];
  const why = failure === null ? [] : [`${shortTime(failure.time)}: ${failure.reason}`];
  return [...why, 'it is taken again by `rootseal upgrade --retry` only'];
}

function trialLines(deployment: StatusDeployment): string[] {
  const { boots, roles } = deployment;
  if (boots !== 'unknown' || roles.includes('staged') || roles.includes('booted')) return [];
  return [`not found good yet${triesText(deployment)}`];
}

function conflictLines({ conflicts, roles }: StatusDeployment): string[] {
  if (conflicts.length === 0) return [];
  if (roles.includes('staged'))
    return [`${counted(conflicts.length, 'conflict')} in /etc: rootseal etc diff --against staged`];
  const paths = conflicts.map(({ path }) => path).join(', ');
  return [`${counted(conflicts.length, 'conflict')} in /etc: ${paths}`];
}

/** Against what runs. */
function packageLines({ packages }: StatusDeployment): string[] {
  return packages === null ? [] : [describeCounts(packages)];
}

/** Of releases with the same packages there is nothing to tell. */
function changedPackageLines(deployment: StatusDeployment): string[] {
  const { packages } = deployment;
  return packages === null || changesNothing(packages) ? [] : packageLines(deployment);
}

/** What it starts from, where that is not the same for all. */
function kindLines({ deployments }: StatusReport, deployment: StatusDeployment): string[] {
  const isOther = deployments.some((one) => isUnified(one) !== isUnified(deployment));
  if (!isOther) return [];
  const how = isUnified(deployment) ? 'a unified kernel image' : 'kernel and initramfs';
  return [`starts from ${how}`];
}

function kindText({ kernel: { uki } }: StatusDeployment): string {
  return uki === undefined ? '' : `, unified kernel image of ${formatBytes(uki)}`;
}

/** How its kernel arguments differ from those of what runs, or else would run. */
function argumentLines(
  { deployments, roles }: StatusReport,
  deployment: StatusDeployment,
): string[] {
  const find = (id: string | null) => deployments.find((one) => one.id === id);
  const usual = find(roles.booted) ?? find(roles.default);
  if (usual === undefined || usual === deployment) return [];
  const [mine, others] = [valuesOf(deployment), valuesOf(usual)];
  const differences = [
    ...mine.filter((value) => !others.includes(value)).map((value) => `+ ${value}`),
    ...others.filter((value) => !mine.includes(value)).map((value) => `- ${value}`),
  ];
  return differences.length === 0 ? [] : [`kernel arguments: ${differences.join('  ')}`];
}

/** Without those that name the deployment itself. */
function valuesOf({ arguments: list }: StatusDeployment): string[] {
  return list.filter(({ from }) => from !== 'rootseal').map(({ value }) => value);
}

type Row = readonly [key: string, value: string];

function verboseLines(deployment: StatusDeployment): string[] {
  const { id, serial, image, commit, sequence, kernel, entry, boots } = deployment;
  const date = dateOfSequence(sequence);
  const rows: Row[] = [
    ['deployment', `${id}, serial ${serial}`],
    ['image', image],
    ['commit', commit],
    ['sequence', date === undefined ? String(sequence) : `${sequence} (${date})`],
    ['made', shortTime(deployment.created)],
    ['boots', boots === 'unknown' ? `not found good yet${triesText(deployment)}` : boots],
    ...historyRows(deployment),
    ...packageLines(deployment).map((line): Row => ['packages', line]),
    ['kernel', `${kernel.release} (${kernel.hash})${kindText(deployment)}`],
    ['entry', entry?.file ?? 'none'],
    ...deployment.arguments.map(({ value, from }): Row => ['argument', `${value}  (${from})`]),
    ...deployment.conflicts.map(({ path, detail }): Row => ['conflict', `${path}: ${detail}`]),
  ];
  return rows.map(([key, value]) => `${DETAIL_INDENT}${key.padEnd(10)}  ${value}`);
}

function historyRows({ blessed, failure, origin }: StatusDeployment): Row[] {
  const rows: Row[] = [];
  if (blessed !== null) rows.push(['good at', shortTime(blessed)]);
  if (failure !== null) rows.push(['failed', `${shortTime(failure.time)}: ${failure.reason}`]);
  if (origin !== null) rows.push(['origin', printOrigin(origin)]);
  return rows;
}
