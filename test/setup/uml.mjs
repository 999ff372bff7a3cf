/**
 * The kernel of the UML bench (test/vm/uml): User Mode Linux with fs-verity, an ordinary program, built once from
 * Debian's kernel source and kept in a cache of its own outside the checkout. Building takes some minutes.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureDebianPackages } from './apt.mjs';
import { packagesFor } from './debian-packages.mjs';
import { Failed, run } from './steps.mjs';

const SOURCE = 'linux-source-6.12';
const BENCH = 'test/vm/uml';
/** What of the build's output is shown when it fails. */
const LOG_LINES = 40;

/**
 * Finds or builds the kernel, and prints which one it is.
 *
 * @returns {Promise<string | undefined>} its path; undefined where there is no way, which is printed
 * @throws {Failed} when the build fails
 */
export async function ensureUmlKernel() {
  const given = process.env.ROOTSEAL_UML_KERNEL;
  if (given !== undefined) return given;
  if (process.arch !== 'x64') return say('User Mode Linux is for x86-64 only');
  if ((await ensureDebianPackages(packagesFor('uml'))).length > 0) return undefined;
  const version = await sourceVersion();
  if (version === undefined) return say(`apt knows no package ${SOURCE}`);
  const folder = cacheFolder(version);
  const kernel = join(folder, 'linux');
  if (!(await doesWork(kernel))) await build(version, folder);
  if (!(await doesWork(kernel))) throw new Failed(`${kernel} does not run here`);
  say(`${SOURCE} ${version}: ${kernel}`);
  return kernel;
}

function say(text) {
  console.log(`    ${text}`);
  return undefined;
}

/** The version that apt would install. */
async function sourceVersion() {
  const ask = async () => {
    const { output } = await run('apt-cache', ['policy', SOURCE], { capture: true });
    return /^ *Candidate: ([^(\s]+)/m.exec(output)?.[1];
  };
  const known = await ask();
  if (known !== undefined || process.getuid() !== 0) return known;
  await run('apt-get', ['-qq', 'update'], { capture: true });
  return ask();
}

/** Another recipe or source has another folder, so that no old kernel is taken for a new one. */
function cacheFolder(version) {
  const recipe = createHash('sha256').update(version);
  for (const name of ['kernel.config', 'build-kernel'])
    recipe.update(fs.readFileSync(join(BENCH, name)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'rootseal', `uml-${recipe.digest('hex').slice(0, 12)}`);
}

async function doesWork(kernel) {
  if (!fs.existsSync(kernel)) return false;
  const { status, output } = await run(kernel, ['--version'], { capture: true });
  return status === 0 && /^6\.12\./m.test(output);
}

/** Under a lock: a second run waits for the first one's kernel instead of making its own. */
async function build(version, folder) {
  fs.mkdirSync(dirname(folder), { recursive: true });
  const download = fs.mkdtempSync(`${folder}.package-`);
  try {
    const unless = `test -x "$2/linux" && "$2/linux" --version >/dev/null`;
    const fetch = `cd "$1" && apt-get -qq -o APT::Sandbox::User=root download "$3"`;
    const script = `{ ${unless}; } || { (${fetch}) && "$4/build-kernel" "$1"/*.deb "$4/kernel.config" "$2"; }`;
    say(`building the kernel from ${SOURCE} ${version}`);
    const args = [download, folder, `${SOURCE}=${version}`, BENCH];
    const { status, output } = await run(
      'flock',
      [`${folder}.lock`, 'sh', '-c', script, 'build', ...args],
      { capture: true },
    );
    if (status === 0) return;
    const log = output.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
    throw new Failed(`the kernel of the UML bench could not be built:\n${log}`);
  } finally {
    fs.rmSync(download, { recursive: true });
  }
}
