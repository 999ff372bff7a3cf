/**
 * Writes the tables of this folder: `node dist/test/vectors/seal/generate.js`. Every byte follows from fixed seeds.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sealVectors, type SealVector } from './cases.js';
import { ed25519Vectors, printEd25519Vectors } from './ed25519.js';

/** The folder in the source tree, seen from `dist/test/vectors/seal`. */
const FOLDER = join(import.meta.dirname, '../../../../test/vectors/seal');

const base64 = (bytes: string | Uint8Array): string =>
  (typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes)).toString(
    'base64',
  ) || '-';

function printSealVector(vector: SealVector): string {
  const verdict = vector.code === 'SEAL_ACCEPTED' ? 'accepted' : 'refused';
  return [
    `vector ${vector.name}`,
    `note ${base64(vector.note)}`,
    `policy ${base64(vector.policy)}`,
    `keys ${base64(vector.keys)}`,
    `revoked ${base64(vector.revoked)}`,
    `image ${vector.image}`,
    `commit ${vector.commit ?? '-'}`,
    `expect ${verdict} ${vector.code}`,
    '',
  ].join('\n');
}

/** The tables by file name. */
export function generateTables(): Readonly<Record<string, string>> {
  return {
    'seal.txt': sealVectors().map(printSealVector).join('\n'),
    'ed25519.txt': printEd25519Vectors(ed25519Vectors()),
  };
}

/** The table as it lies in the source tree. */
export function readTable(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, table] of Object.entries(generateTables()))
    writeFileSync(join(FOLDER, name), table);
