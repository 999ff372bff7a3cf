/**
 * The programs of composefs that test/interop compares with: those of this machine, else those of its package, else
 * the package of a newer Debian release, unpacked in a cache of its own.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ensureDebianPackages, isPresent } from './apt.mjs';
import { run } from './steps.mjs';
import { arrangePrograms, cacheFolder, unpackDebian } from './unpack.mjs';

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
  const folder = cacheFolder(`composefs-${SUITE}-${process.arch}`, [
    new URL(import.meta.url),
    new URL('unpack.mjs', import.meta.url),
  ]);
  const isCached = !PACKAGE.every(isPresent) && (await doWork(join(folder, 'bin')));
  if (!isCached) {
    if (PACKAGE.every(isPresent) || (await installPackage())) {
      say(`those in PATH are used (${await packageVersion()})`);
      return undefined;
    }
    const problem = await unpackDebian({ suite: SUITE, packages: ['composefs'], folder, arrange });
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

/** Keeps the programs and libraries of `fresh`/root, and writes `fresh`/version. */
async function arrange(fresh) {
  const root = join(fresh, 'root');
  const changes = gunzipSync(
    fs.readFileSync(join(root, 'usr/share/doc/composefs/changelog.Debian.gz')),
  );
  fs.writeFileSync(join(fresh, 'version'), /\((.*?)\)/.exec(changes.toString())[1]);
  arrangePrograms(
    fresh,
    PROGRAMS.map((name) => ({ name })),
  );
  fs.rmSync(root, { recursive: true });
  if (!(await doWork(join(fresh, 'bin'))))
    throw new Error('the unpacked programs do not work here');
}
