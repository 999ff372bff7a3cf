/**
 * Packages of another Debian release, unpacked in a cache outside of the checkout. Nothing of them is installed or run by
 * that; their programs run with the libraries and the loader that were unpacked with them: without chroot, mounts or root.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureDebianPackages } from './apt.mjs';
import { packagesFor } from './debian-packages.mjs';
import { run } from './steps.mjs';

/**
 * Folder of something that is made once: another recipe has another folder, so that no old result is taken for a new one.
 *
 * @param {string} name
 * @param {(string | URL)[]} recipe files that say how it is made
 */
export function cacheFolder(name, recipe) {
  const hash = createHash('sha256');
  for (const file of recipe) hash.update(fs.readFileSync(file));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'rootseal', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * Unpacks packages with all that they depend on, and keeps what `arrange` makes of that.
 *
 * @param {{suite: string, packages: string[], folder: string, more?: string, arrange: (fresh: string) => void | Promise<void>}} request
 *   `more` is a suite of the same mirror besides, for packages that are marked with it; `arrange` finds the packages' files in `fresh`/root, and throws when they are of no use here
 * @returns {Promise<string | undefined>} why it did not work
 */
export async function unpackDebian({ suite, packages, folder, more, arrange }) {
  const missing = await ensureDebianPackages(packagesFor('unpack'));
  if (missing.length > 0) return `Debian ${suite} cannot be unpacked without these packages`;
  let fresh;
  try {
    fs.mkdirSync(dirname(folder), { recursive: true });
    // Under another name first, so that an interrupted run leaves nothing that looks finished.
    fresh = fs.mkdtempSync(`${folder}.`);
    fs.chmodSync(fresh, 0o755); // apt downloads as a user of its own.
    const problem = await extract(suite, packages, more, join(fresh, 'root'));
    if (problem !== undefined) return problem;
    await arrange(fresh);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(fresh, folder);
    return undefined;
  } catch (error) {
    return `${packages.join(', ')} of Debian ${suite} could not be unpacked: ${error.message}`;
  } finally {
    if (fresh !== undefined) fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/** The mirror is the one that mmdebstrap chooses by itself. */
async function extract(suite, packages, more, root) {
  console.log(`    unpacking ${packages.join(', ')} of Debian ${suite}`);
  const options = ['Acquire::http::Timeout "20";', ...(await freshnessSettings())];
  const { status, output } = await run(
    'mmdebstrap',
    [
      `--mode=${process.getuid() === 0 ? 'root' : 'chrootless'}`,
      '--variant=extract',
      '--format=directory',
      `--include=${packages.join(',')}`,
      ...options.map((option) => `--aptopt=${option}`),
      ...(more === undefined ? [] : [`--setup-hook=${withSuite(suite, more)}`]),
      suite,
      root,
    ],
    { capture: true },
  );
  if (status === 0) return undefined;
  const errors = output.split('\n').filter((line) => line.startsWith('E: '));
  const why = (errors.length > 0 ? errors : [output.trim()]).slice(0, 3).join('\n      ');
  return `${packages.join(', ')} of Debian ${suite} could not be fetched (is there a network?):\n      ${why}`;
}

/** Another suite of the first mirror, whichever that is. */
function withSuite(suite, more) {
  const sources = '"$1"/etc/apt/sources.list';
  return `sed -n '/^deb /{s/ ${suite} / ${more} /p;q}' ${sources} >${sources}.d/${more}.list`;
}

/**
 * Whether an index that is past its date is taken. mmdebstrap does not read the settings of this machine's apt, where its
 * administrator says so (for a mirror that lags behind, say), so they are handed on. Signatures are checked always.
 */
async function freshnessSettings() {
  const { output } = await run('apt-config', ['dump'], { capture: true });
  return output.match(/^Acquire::Check-(?:Valid-Until|Date) ".*";$/gm) ?? [];
}

/**
 * Takes programs and libraries out of `fresh`/root: `fresh`/lib has the libraries, and `fresh`/bin a script for each program
 * that starts it with them.
 *
 * @param {string} fresh
 * @param {{name: string, words?: string}[]} programs `words` come before the caller's, with $here for the folder
 */
export function arrangePrograms(fresh, programs) {
  const root = join(fresh, 'root');
  const libraries = librariesOf(join(root, 'usr/lib'));
  fs.cpSync(join(root, 'usr/bin'), join(fresh, 'programs'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  fs.renameSync(libraries, join(fresh, 'lib'));
  const loader = fs
    .readdirSync(join(fresh, 'lib'))
    .find((name) => /^ld(64|-linux.*)\.so\.\d$/.test(name));
  fs.mkdirSync(join(fresh, 'bin'));
  for (const { name, words = '' } of programs) {
    const script = `#!/bin/sh
here="\${0%/*}/.."
exec "$here/lib/${loader}" --library-path "$here/lib" "$here/programs/${name}" ${words} "$@"
`;
    fs.writeFileSync(join(fresh, 'bin', name), script, { mode: 0o755 });
  }
}

/** The folder of the architecture, such as `x86_64-linux-gnu`. */
function librariesOf(lib) {
  const name = fs.readdirSync(lib).find((entry) => fs.existsSync(join(lib, entry, 'libc.so.6')));
  return join(lib, name);
}
