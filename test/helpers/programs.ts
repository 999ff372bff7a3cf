/** Programs of other people that a test runs. */
import fs from 'node:fs';
import { join } from 'node:path';

/** Why a test that runs these is skipped; false when all are there. */
export function skipUnless(...programs: readonly string[]): string | false {
  const folders = (process.env['PATH'] ?? '').split(':');
  const missing = programs.filter(
    (program) => !folders.some((folder) => fs.existsSync(join(folder, program))),
  );
  return missing.length > 0 && `${missing.join(' and ')} missing`;
}
