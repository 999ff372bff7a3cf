/** What the tiny image says about its start. */
import type { Machine } from '../qemu/machine.js';

/** Of boot.json. */
export interface Report {
  readonly assurance: string;
  readonly missing: readonly string[];
  readonly commandLine: string;
}

/** Of the start of number `index`, counted from 0. */
export function reportOf({ console }: Machine, index = 0): Report {
  const after = (what: string): string =>
    console
      .all(new RegExp(`tiny: ${what} `))
      [index]?.replace(new RegExp(`^.*?tiny: ${what} `), '') ?? '';
  const document = JSON.parse(after('boot.json')) as Omit<Report, 'commandLine'>;
  const { assurance, missing } = document;
  return { assurance, missing, commandLine: after('command line') };
}
