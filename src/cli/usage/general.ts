/** Options that every command takes. */
import type { Argv } from 'yargs';

/** What can be asked of every command in place of running it. */
export const QUESTIONS = [
  { name: 'version', alias: 'V', describe: 'print the version and the formats it speaks' },
  { name: 'help', alias: 'h', describe: 'show the usage' },
] as const;

/** Declares them. */
export function generalOptions(parser: Argv): Argv {
  return parser
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'print JSON',
      global: true,
    })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes, no progress',
      global: true,
    })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      default: false,
      describe: 'show more detail',
      global: true,
    })
    .option('color', {
      type: 'boolean',
      describe: 'colour on terminals',
      global: true,
    })
    .option('progress-fd', {
      type: 'number',
      takes: 'N',
      describe: 'write progress events as JSON lines to this descriptor',
      global: true,
    });
}
