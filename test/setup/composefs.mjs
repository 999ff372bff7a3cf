/**
 * The programs of composefs that test/interop compares with: those of this machine, else those of its package, else
 * the package of a newer Debian release, unpacked in a cache of its own. What is unpacked runs with the libraries and
 * the loader that were unpacked with it: without chroot, mounts or root.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ensureDebianPackages, isPresent } from './apt.mjs';
import { packagesFor } from './debian-packages.mjs';
import { run } from './steps.mjs';

/** The first release of Debian with the package. Debian 12 and 13 have none. */
const SUITE = 'forky';
const PROGRAMS = ['mkcomposefs', 'composefs-info'];
const PACKAGE = PROGRAMS.map((present) => ({
  package: 'composefs',
  present,
  lost: 'tests that compare with the tools of composefs',
}));

const SAMPLE = '/ 4096 40755 2 0 0 0 0.0 - - -\n';
const SAMPLE_DIGEST = '8f589e8f57ecb88823736b0d857ddca1e1068a23e264fad164b28f7038eb3682';

/**
 * Finds or installs the programs, and prints which ones. Never fails: when there is no way, it prints why.
 *
 * @returns {Promise<string | undefined>} the directory they are in; undefined for PATH, or when there are none
 */
export async function ensureComposefsTools() {
  const given = process.env.COMPOSEFS_TOOLS;
  if (given !== undefined) {
    const works = await doWork(given);
    say(`those in COMPOSEFS_TOOLS=${given} ${works ? 'are used' : 'do not work'}`);
    return given;
  }
  const folder = cacheFolder();
  const isCached = !PACKAGE.every(isPresent) && (await doWork(join(folder, 'bin')));
  if (!isCached) {
    if (PACKAGE.every(isPresent) || (await installPackage())) {
      say(`those in PATH are used (${await packageVersion()})`);
      return undefined;
    }
    const problem = await unpack(folder);
    if (problem !== undefined) {
      say(`there are none: ${problem}`);
      return undefined;
    }
  }
  say(
    `composefs ${fs.readFileSync(join(folder, 'version'), 'utf8')} of Debian ${SUITE}, unpacked in ${folder}`,
  );
  return join(folder, 'bin');
}

function say(text) {
  console.log(`    ${text}`);
}

/** Installs the package if apt on this machine knows it and we are root. */
async function installPackage() {
  if (process.getuid() !== 0) return false;
  const { output } = await run('apt-cache', ['policy', 'composefs'], { capture: true });
  if (!/^ *Candidate: [^(\s]/m.test(output)) return false;
  return (await ensureDebianPackages(PACKAGE)).length === 0;
}

async function packageVersion() {
  const query = ['--show', '--showformat', '${Version}', 'composefs'];
  const { status, output } = await run('dpkg-query', query, { capture: true });
  return status === 0 ? `package composefs ${output}` : 'of no package';
}

/** Another recipe (this file) has another folder, so that no old result is taken for a new one. */
function cacheFolder() {
  const recipe = createHash('sha256').update(fs.readFileSync(new URL(import.meta.url)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const key = `${SUITE}-${process.arch}-${recipe.digest('hex').slice(0, 12)}`;
  return join(cache, 'rootseal', `composefs-${key}`);
}

/** Whether the programs in a directory make the right image of an empty tree, and read it. */
async function doWork(bin) {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-composefs-'));
  const [dump, image] = [join(scratch, 'dump'), join(scratch, 'image')];
  const call = (program, ...args) => run(join(bin, program), args, { capture: true });
  try {
    fs.writeFileSync(dump, SAMPLE);
    const made = await call('mkcomposefs', '--print-digest', '--from-file', dump, image);
    const read = await call('composefs-info', 'dump', image);
    return made.output.trim() === SAMPLE_DIGEST && read.status === 0 && read.output !== '';
  } catch {
    return false; // Some reasons not to start a program are thrown; they mean the same.
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

/** @returns {Promise<string | undefined>} why it did not work */
async function unpack(folder) {
  const missing = await ensureDebianPackages(packagesFor('unpack'));
  if (missing.length > 0) return `Debian ${SUITE} cannot be unpacked without these packages`;
  try {
    fs.mkdirSync(dirname(folder), { recursive: true });
    return await unpackBeside(folder);
  } catch (error) {
    return `composefs of Debian ${SUITE} could not be unpacked: ${error.message}`;
  }
}

/** Makes the folder anew under another name first, so that an interrupted run leaves nothing that looks finished. */
async function unpackBeside(folder) {
  const fresh = fs.mkdtempSync(`${folder}.`);
  fs.chmodSync(fresh, 0o755); // apt downloads as a user of its own.
  try {
    const problem = await extract(join(fresh, 'root'));
    if (problem !== undefined) return problem;
    arrange(fresh);
    if (!(await doWork(join(fresh, 'bin')))) return 'the unpacked programs do not work here';
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(fresh, folder);
    return undefined;
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/** The mirror is the one that mmdebstrap chooses by itself. Nothing of the packages is run. */
async function extract(root) {
  say(`unpacking composefs of Debian ${SUITE}`);
  const options = ['Acquire::http::Timeout "20";', ...(await freshnessSettings())];
  const { status, output } = await run(
    'mmdebstrap',
    [
      `--mode=${process.getuid() === 0 ? 'root' : 'chrootless'}`,
      '--variant=extract',
      '--format=directory',
      '--include=composefs',
      ...options.map((option) => `--aptopt=${option}`),
      SUITE,
      root,
    ],
    { capture: true },
  );
  if (status === 0) return undefined;
  const errors = output.split('\n').filter((line) => line.startsWith('E: '));
  const why = (errors.length > 0 ? errors : [output.trim()]).slice(0, 3).join('\n      ');
  return `composefs of Debian ${SUITE} could not be fetched (is there a network?):\n      ${why}`;
}

/**
 * Whether an index that is past its date is taken. mmdebstrap does not read the settings of this machine's apt, where its
 * administrator says so (for a mirror that lags behind, say), so they are handed on. Signatures are checked always.
 */
async function freshnessSettings() {
  const { output } = await run('apt-config', ['dump'], { capture: true });
  return output.match(/^Acquire::Check-(?:Valid-Until|Date) ".*";$/gm) ?? [];
}

/** Keeps the programs and libraries of `FOLDER/root`, and writes `FOLDER/bin` and `FOLDER/version`. */
function arrange(folder) {
  const root = join(folder, 'root');
  const changes = gunzipSync(
    fs.readFileSync(join(root, 'usr/share/doc/composefs/changelog.Debian.gz')),
  );
  fs.writeFileSync(join(folder, 'version'), /\((.*?)\)/.exec(changes.toString())[1]);
  fs.mkdirSync(join(folder, 'bin'));
  fs.cpSync(join(root, 'usr/bin'), join(folder, 'programs'), { recursive: true });
  const libraries = librariesOf(join(root, 'usr/lib'));
  fs.renameSync(libraries, join(folder, 'lib'));
  const loader = fs
    .readdirSync(join(folder, 'lib'))
    .find((name) => /^ld(64|-linux.*)\.so\.\d$/.test(name));
  for (const program of PROGRAMS) {
    const script = `#!/bin/sh\nhere="\${0%/*}/.."\nexec "$here/lib/${loader}" --library-path "$here/lib" "$here/programs/${program}" "$@"\n`;
    fs.writeFileSync(join(folder, 'bin', program), script, { mode: 0o755 });
  }
  fs.rmSync(root, { recursive: true });
}

/** The folder of the architecture, such as `x86_64-linux-gnu`. */
function librariesOf(lib) {
  const name = fs
    .readdirSync(lib)
    .find((entry) => fs.existsSync(join(lib, entry, 'libcomposefs.so.1')));
  return join(lib, name);
}
