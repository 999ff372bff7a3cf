/** Writes the tables of this folder: `node dist/test/vectors/boot/generate.js`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootVectors, type BootVector } from './cases.js';

/** The folder in the source tree, seen from `dist/test/vectors/boot`. */
const FOLDER = join(import.meta.dirname, '../../../../test/vectors/boot');

const base64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64') || '-';

/** The lines of a record for the test programs, without what is expected. */
export function questionLines({ kind, mode, signed, facts, bytes }: Omit<BootVector, 'name' | 'verdict'>): string[] {
  return [
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(signed === undefined ? [] : [`signed ${base64(signed)}`]),
    ...(facts === undefined ? [] : [`facts ${facts}`]),
    `${kind} ${base64(bytes)}`,
  ];
}

function printBootVector({ name, verdict, ...question }: BootVector): string {
  return [
    `vector ${name}`,
    ...questionLines(question),
    `expect ${verdict.includes('_ACCEPTED') ? 'accepted' : 'refused'} ${verdict}`,
    '',
  ].join('\n');
}

/** The tables by file name. */
export function generateTables(): Readonly<Record<string, string>> {
  const table = (kind: BootVector['kind']) =>
    bootVectors()
      .filter((vector) => vector.kind === kind)
      .map(printBootVector)
      .join('\n');
  return {
    'cmdline.txt': table('cmdline'),
    'floor.txt': table('floor'),
    'manifest.txt': table('manifest'),
    'assurance.txt': table('stub'),
  };
}

/** The table as it lies in the source tree. */
export function readTable(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, table] of Object.entries(generateTables()))
    writeFileSync(join(FOLDER, name), table);
