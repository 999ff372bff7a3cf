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
  const after = (what: string): string => wordsAfter(what, console.all(lineOf(what))[index]);
  const document = JSON.parse(after('boot.json')) as Omit<Report, 'commandLine'>;
  const { assurance, missing } = document;
  return { assurance, missing, commandLine: after('command line') };
}

/** What the firmware measured of Secure Boot, where the image was asked for it. 32 bytes. */
export function pcr7Of({ console }: Machine): Buffer {
  return Buffer.from(wordsAfter('pcr7', console.all(lineOf('pcr7'))[0]), 'hex');
}

function lineOf(what: string): RegExp {
  return new RegExp(`tiny: ${what} `);
}

function wordsAfter(what: string, line = ''): string {
  return line.replace(new RegExp(`^.*?tiny: ${what} `), '');
}
