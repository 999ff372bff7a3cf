/** A host's status for people: what matters at a glance, one deployment after the other. */
import type { StatusDeployment, StatusReport } from '../../deploy/status/report.js';
import { printOrigin } from '../../deploy/origin.js';
import type { Context } from '../context.js';
import { age } from './age.js';

/** Digits of ids that are shown; `--verbose` shows all. */
const DIGITS = 12;

export function renderStatus(context: Context, report: StatusReport): string {
  const lines = report.deployments.flatMap((one) => [...deploymentLines(context, report, one), '']);
  if (report.deployments.length === 0) lines.push('nothing is deployed here yet', '');
  return `${[...lines, ...hostLines(context, report)].join('\n')}\n`;
}

type Row = readonly [key: string, value: string];

function deploymentLines(
  context: Context,
  report: StatusReport,
  deployment: StatusDeployment,
): string[] {
  const { roles, name, release, boots, pinned } = deployment;
  const mark = roles.includes('booted') ? '*' : ' ';
  const words = [...roles.map(roleWord), ...(pinned ? ['pinned'] : [])];
  const title = context.paint(boots === 'bad' ? 'bad' : 'title', `${name} ${release}`);
  const head = `${mark} ${title}${words.length > 0 ? `  [${words.join(', ')}]` : ''}`;
  const rows = [
    ...identityRows(context, report, deployment),
    ...historyRows(context, deployment),
    ...(context.verbose ? bootRows(deployment) : []),
  ];
  return [head, ...rows.map(([key, value]) => `    ${key.padEnd(10)}  ${value}`)];
}

function identityRows(
  { verbose }: Context,
  report: StatusReport,
  deployment: StatusDeployment,
): Row[] {
  const { id, serial, image, commit, sequence } = deployment;
  return [
    ['deployment', `${verbose ? id : shortId(id)}, serial ${serial}`],
    ['image', verbose ? image : shortDigest(image)],
    ['commit', verbose ? commit : commit.slice(0, DIGITS)],
    ['sequence', `${sequence}${sealedBy(report, deployment)}`],
  ];
}

function historyRows(context: Context, deployment: StatusDeployment): Row[] {
  const { boots, failure, origin, conflicts } = deployment;
  const state = boots === 'unknown' ? triesText(deployment) : boots;
  const rows: Row[] = [['boots', `${state}${blessedText(context, deployment)}`]];
  if (failure !== null) rows.push(['failed', `${failure.time}: ${failure.reason}`]);
  if (origin !== null) rows.push(['origin', printOrigin(origin)]);
  for (const { path, detail } of conflicts) rows.push(['conflict', `${path}: ${detail}`]);
  return rows;
}

function bootRows({ kernel, entry, arguments: list }: StatusDeployment): Row[] {
  return [
    ['kernel', `${kernel.release} (${kernel.hash})`],
    ['entry', entry?.file ?? 'none'],
    ...list.map(({ value, from }): Row => ['argument', `${value}  (${from})`]),
  ];
}

function roleWord(role: string): string {
  return role === 'default' ? 'next boot' : role;
}

function triesText({ entry, roles }: StatusDeployment): string {
  if (roles.includes('staged')) return 'not booted yet';
  const left = entry?.triesLeft;
  return left === null || left === undefined
    ? 'not blessed yet'
    : `not blessed yet, ${left} ${left === 1 ? 'try' : 'tries'} left`;
}

function sealedBy(report: StatusReport, { id, keys }: StatusDeployment): string {
  const isBooted = report.booted?.id === id;
  const names = isBooted ? report.booted.keys.map(({ name }) => name) : keys;
  // The boot program has verified what runs; of the others the record tells, and nothing is verified here.
  return names.length === 0
    ? ''
    : `, sealed by ${names.join(', ')}${isBooted ? '' : ' (by the record)'}`;
}

function blessedText({ now }: Context, { blessed }: StatusDeployment): string {
  return blessed === null ? '' : `, last blessed ${age(blessed, now())}`;
}

function hostLines(context: Context, report: StatusReport): string[] {
  const { paint } = context;
  const rows: Row[] = [];
  if (report.booted !== null) rows.push(['assurance', assuranceText(report.booted)]);
  rows.push(['floor', `sequence ${report.floor}, as trustworthy as the disk it is on`]);
  rows.push(['boot next', nextText(report)]);
  if (report.usrOverlay) rows.push(['/usr', 'can be written to; changes are lost at the end']);
  const { lastCheck, finalizeFailure, interrupted } = report;
  if (lastCheck !== null)
    rows.push([
      'checked',
      `${age(lastCheck.time, context.now())}: ${printOrigin(lastCheck.origin)} had ${lastCheck.release}`,
    ]);
  if (interrupted !== null)
    rows.push([
      'pending',
      `${interrupted.verb}, begun ${interrupted.time}; the next change ends it`,
    ]);
  if (finalizeFailure !== null)
    rows.push([
      'shutdown',
      paint('bad', `failed at ${finalizeFailure.time}: ${finalizeFailure.error}`),
    ]);
  for (const problem of report.problems) rows.push(['problem', paint('bad', problem)]);
  return rows.map(([key, value]) => `  ${key.padEnd(9)}  ${value}`);
}

function assuranceText({
  assurance,
  secureBoot,
}: {
  readonly assurance: string;
  readonly secureBoot: boolean;
}): string {
  if (assurance === 'sealed') return 'sealed: verified from the firmware on';
  if (assurance === 'verified')
    return `verified: the seal was enforced; nothing vouches for the initramfs${secureBoot ? '' : ' (Secure Boot is off)'}`;
  return 'unverified';
}

function nextText({ loader, deployments }: StatusReport): string {
  if (loader.entry === null) return 'no boot entry';
  const deployment = deployments.find(({ id }) => id === loader.deployment);
  const why =
    loader.by === 'order' || loader.by === 'loader.conf' ? '' : `, because of ${loader.by ?? ''}`;
  return deployment === undefined
    ? `${loader.entry}${why}`
    : `${deployment.name} ${deployment.release}${why}`;
}

function shortId(id: string): string {
  const [hex = '', number] = id.split('.');
  return `${hex.slice(0, DIGITS)}${number === undefined ? '' : `.${number}`}`;
}

function shortDigest(image: string): string {
  const colon = image.indexOf(':') + 1;
  return `${image.slice(0, colon)}${image.slice(colon, colon + DIGITS)}`;
}
