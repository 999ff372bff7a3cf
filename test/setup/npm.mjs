/** The npm packages: installed by `npm ci` whenever they are not the ones that package-lock.json names. */
import { readFileSync } from 'node:fs';
import { run, Failed } from './steps.mjs';

/** @throws {Failed} when npm cannot install them */
export async function ensureNodeModules() {
  if (areInstalled()) {
    console.log('    node_modules agrees with package-lock.json');
    return;
  }
  const { status, output } = await run(
    'npm',
    ['ci', '--no-fund', '--no-audit', '--no-progress', '--loglevel=error'],
    { capture: true },
  );
  if (status !== 0 || !areInstalled()) {
    throw new Failed(`npm ci did not install the packages of package-lock.json:\n${output}`);
  }
  console.log('    npm ci installed the packages of package-lock.json');
}

/** Compares what npm noted when it installed with what the lock file wants. */
export function areInstalled(
  wanted = 'package-lock.json',
  found = 'node_modules/.package-lock.json',
) {
  const installed = packagesOf(found);
  if (installed === undefined) return false;
  const locked = Object.entries(packagesOf(wanted) ?? {}).filter(([path]) => path !== '');
  return locked.every(([path, entry]) =>
    path in installed
      ? installed[path].version === entry.version && installed[path].integrity === entry.integrity
      : entry.optional === true,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
