/** `rootseal doctor` */
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Check, Examination } from '../../deploy/doctor/examine.js';
import { defineCommand } from '../command.js';
import { printResult, type Context } from '../context.js';
import { hostRepositoryOptions, repositoryPath, SYSTEM_REPOSITORY } from '../options.js';
import { packageRoot } from '../package-root.js';
import { counted } from '../render/units.js';
import { wrapText } from '../usage/wrap.js';

export const doctor = defineCommand({
  command: 'doctor',
  describe: 'say what this machine can do, what each lack costs, and how to get it',
  doing: 'looking at the machine',
  builder: (yargs) =>
    hostRepositoryOptions(yargs)
      .option('boot', {
        type: 'string',
        takes: 'DIR',
        describe:
          'where the EFI system partition is mounted (default: found; DIR/boot with --sysroot)',
      })
      .option('for', {
        choices: ['host', 'release', 'test'] as const,
        describe:
          'what it is to be used for: running deployments, making releases, or the tests of rootseal; exit status 3 when it lacks something required',
      }),
  run: async (context, options) => {
    const { lookAtMachine } = await import('../../deploy/doctor/look.js');
    const { examine } = await import('../../deploy/doctor/examine.js');
    const facts = await lookAtMachine({
      place: await placeOf(context, options),
      boot: options.boot ?? (options.sysroot === undefined ? undefined : `${options.sysroot}/boot`),
      testPackages: fileURLToPath(new URL('test/setup/debian-packages.mjs', packageRoot())),
    });
    const examination = examine(facts, options.for);
    await printResult(context, render(context, examination), examination);
    return examination.ok ? 'done' : 'findings';
  },
});

/** The repository, when one was named or the host has one; else where a temporary file would be. */
async function placeOf(
  context: Context,
  options: { readonly repo: string | undefined; readonly sysroot: string | undefined },
): Promise<string> {
  const { existsSync } = await import('node:fs');
  const repository = repositoryPath(context, options);
  const isDefault = repository === SYSTEM_REPOSITORY && options.repo === undefined;
  return isDefault && !existsSync(repository) ? os.tmpdir() : repository;
}

/** Where the texts below a line begin. */
const INDENT = ' '.repeat(9);
const WIDTH = 100;

function render(context: Context, { checks, ok, purpose }: Examination): string {
  const width = checks.reduce((widest, { name }) => Math.max(widest, name.length), 0);
  const lines = checks.flatMap((check) => renderCheck(context, check, width));
  const count = (wanted: Check['result']) =>
    checks.filter(({ result }) => result === wanted).length;
  const [missing, unknown] = [count('lacks'), count('unknown')];
  const summary = `${counted(checks.length, 'check')}: ${missing} lacking, ${unknown} unknown`;
  if (purpose === null) return [...lines, summary].join('\n');
  const verdict = ok
    ? context.paint('good', `this machine will do for: ${purpose}`)
    : context.paint('bad', `this machine lacks what is required for: ${purpose}`);
  return [...lines, summary, verdict].join('\n');
}

function renderCheck({ paint }: Context, check: Check, width: number): string[] {
  const { name, result, found, costs, remedy, requiredFor, wantedFor } = check;
  const word = paint(
    result === 'ok' ? 'good' : result === 'lacks' ? 'bad' : 'warning',
    result.padEnd(INDENT.length - 2),
  );
  const line = `${word}  ${name.padEnd(width)}  ${found}`;
  if (costs === null || remedy === null) return [line];
  const needs = [
    ...requiredFor.map((purpose) => `required for ${purpose}`),
    ...wantedFor.map((purpose) => `wanted for ${purpose}`),
  ];
  return [
    line,
    ...[`${needs.join(', ')}; without it: ${costs}`, `to get it: ${remedy}`].flatMap((text) =>
      wrapText(text, WIDTH - INDENT.length).map((one) => `${INDENT}${one}`),
    ),
  ];
}
