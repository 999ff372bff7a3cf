/** `rootseal health` */
import type { CheckResult, HealthReport } from '../../formats/health/health-report.js';
import { oneLine } from '../../util/printable.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { formatTable } from '../render/table.js';

export const health = defineCommand({
  command: 'health',
  describe: 'run the health checks; exit status 3 when a required one failed',
  doing: 'running the health checks',
  builder: (yargs) => yargs,
  run: async (context) => {
    const { HOST_HEALTH } = await import('../../deploy/health/find-checks.js');
    const { reportToJournal, runHealthChecks, saveReport } =
      await import('../../deploy/health/run-checks.js');
    const report = await runHealthChecks(HOST_HEALTH, context.now());
    if (context.privileged) {
      reportToJournal(report);
      saveReport(report);
    }
    const { describeCheck } = await import('../../deploy/health/run-checks.js');
    await printResult(context, renderHealth(context, report, describeCheck), report);
    return report.result === 'good' ? 'done' : 'findings';
  },
});

type Describe = (check: CheckResult) => string;

function renderHealth(context: Context, report: HealthReport, describe: Describe): string {
  const rows = report.checks.map((check) => [
    check.result,
    check.level,
    check.name,
    `${(check.milliseconds / 1000).toFixed(1)} s`,
    oneLine(describe(check)),
  ]);
  const lines = formatTable(rows, ['left', 'left', 'left', 'right']).split('\n');
  const table = report.checks.map((check, index) => {
    const line = (lines[index] ?? '').trimEnd();
    const said = context.verbose || check.result === 'failed' ? quoteOutput(check) : '';
    return `${colour(context, check, line)}\n${said}`;
  });
  const { length } = report.checks.filter(({ result }) => result !== 'skipped');
  const verdict =
    report.result === 'good' ? context.paint('good', 'good') : context.paint('bad', 'failed');
  return `${table.join('')}${length} ${length === 1 ? 'check' : 'checks'}: ${verdict}\n`;
}

function colour({ paint }: Context, { result, level }: CheckResult, line: string): string {
  if (result === 'passed') return paint('good', line);
  if (result === 'skipped') return line;
  return paint(level === 'required' ? 'bad' : 'warning', line);
}

/** What a check printed, below its line. Of one that did not run, the line has said it. */
function quoteOutput({ status, signal, output }: CheckResult): string {
  const text = output.trimEnd();
  if (text === '' || (status === null && signal === undefined)) return '';
  return text
    .split('\n')
    .map((line) => `  | ${line}\n`)
    .join('');
}
