/** Says what of the tests would be skipped on this machine: for `npm test -- --set-up`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allowedSkip } from '../allowed-skips.mjs';
import { runOrFail } from '../steps.mjs';

const LIST = new URL('list.mjs', import.meta.url).pathname;

/**
 * @param {string[]} files of compiled tests
 * @returns {Promise<{file: string, name: string, reason: string}[]>} tests that would be skipped
 */
export async function listSkips(files) {
  const scratch = mkdtempSync(join(tmpdir(), 'rootseal-skips-'));
  try {
    const results = join(scratch, 'results.json');
    await runOrFail(process.execPath, [LIST, results, ...files], { capture: true });
    return JSON.parse(readFileSync(results, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Prints what would be skipped, each reason once with the number of tests, and the totals on the last line.
 *
 * @param {{reason: string}[]} skips
 * @param {{package: string}[]} missing Debian packages that are not there
 * @returns {boolean} whether nothing would be skipped, but for what a machine may lack (allowed-skips.mjs)
 */
export function reportSkips(skips, missing) {
  const refused = skips.filter(({ reason }) => allowedSkip(reason) === undefined);
  if (skips.length > 0) console.log('\nWould be skipped:');
  for (const reason of new Set(skips.map((skip) => skip.reason))) {
    const count = skips.filter((skip) => skip.reason === reason).length;
    const allowed = allowedSkip(reason);
    console.log(
      `  ${count}: ${reason}${allowed === undefined ? '' : ` [allowed: ${allowed.why}]`}`,
    );
  }
  const packages = [...new Set(missing.map((entry) => entry.package))];
  console.log(
    `\nTests that would be skipped: ${skips.length}. Debian packages that are missing: ${packages.length}.`,
  );
  return refused.length === 0 && packages.length === 0;
}
