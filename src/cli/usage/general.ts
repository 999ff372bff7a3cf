/** Options that every command takes. */
import type { Argv } from 'yargs';

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
      describe: 'colour on terminals (--no-color for none)',
      global: true,
    })
    .option('progress-fd', {
      type: 'number',
      describe: 'write progress events as JSON lines to this descriptor',
      global: true,
    });
}
