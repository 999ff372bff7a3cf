/** Debian packages: installed through apt when we are root, otherwise listed for somebody who is. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { run, searchPath } from './steps.mjs';

/**
 * Installs what is missing of `wanted` if it can. Never fails: what is still missing is printed, with what is lost.
 *
 * @param {{package: string, present: string, lost: string}[]} wanted
 * @returns {Promise<typeof wanted>} what is still missing
 */
export async function ensureDebianPackages(wanted) {
  let missing = wanted.filter((entry) => !isPresent(entry));
  if (missing.length > 0 && process.getuid() === 0 && isPresent({ present: 'apt-get' })) {
    await install([...new Set(missing.map((entry) => entry.package))]);
    missing = missing.filter((entry) => !isPresent(entry));
  }
  if (missing.length === 0) console.log('    all of them are there');
  else printMissing(missing);
  return missing;
}

/** Whether a program is in PATH, or a file is there. */
export function isPresent({ present }) {
  if (present.startsWith('/')) return canAccess(present, constants.R_OK);
  return searchPath()
    .split(':')
    .some((folder) => canAccess(join(folder, present), constants.X_OK));
}

function canAccess(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false; // Absent and unusable are the same to us.
  }
}

async function install(packages) {
  console.log(`    installing ${packages.join(' ')}`);
  const update = await aptGet('update');
  if (update.status !== 0) printFailure('update', update);
  const first = await aptGet('install', '--no-install-recommends', ...packages);
  if (first.status === 0) return;
  printFailure('install', first);
  if (packages.length === 1) return;
  // One package that this release does not have must not keep the others away.
  console.log('    trying one by one');
  for (const name of packages) await aptGet('install', '--no-install-recommends', name);
}

function aptGet(...args) {
  return run('apt-get', ['-qq', '-y', '-o', 'Dpkg::Use-Pty=0', ...args], {
    capture: true,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function printFailure(command, { status, output }) {
  const last = output.trimEnd().split('\n').slice(-5);
  console.log(`    apt-get ${command} failed (exit status ${status}):`);
  for (const line of last) console.log(`      ${line}`);
}

function printMissing(missing) {
  const names = [...new Set(missing.map((entry) => entry.package))].join(' ');
  console.log(`    Missing Debian packages. As root: apt-get install ${names}`);
  console.log('    Without them there is no:');
  for (const entry of missing) console.log(`      ${entry.lost} (${entry.package})`);
}
