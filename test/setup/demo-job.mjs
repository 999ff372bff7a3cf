/** `npm run demo`: sets up this machine, then runs test/demo/demo.mjs in namespaces of its own. */
import { ensureDebianPackages } from './apt.mjs';
import { demoPackages } from './debian-packages.mjs';
import { ensureNodeModules } from './npm.mjs';
import { Failed, run, runOrFail, step } from './steps.mjs';

// Whatever the demo mounts goes away with its mount namespace, even when it is killed.
const AS_ROOT = ['unshare', '--mount', '--propagation', 'private'];

// The files of a Debian tree belong to many users. Here we are root over the subordinate ids of /etc/subuid.
const AS_USER = 'unshare --user --map-auto --map-root-user --mount --pid --fork --mount-proc'.split(
  ' ',
);

/**
 * @param {string[]} args of test/demo/demo.mjs
 * @returns {Promise<number>} the exit status
 */
export async function runDemo(args) {
  const isRoot = process.getuid() === 0;
  const reusesTree = Boolean(process.env.ROOTSEAL_DEMO_TREE);
  const wanted = demoPackages.filter(
    (entry) => !(entry.forTree && reusesTree) && !(entry.forUsers && (isRoot || reusesTree)),
  );

  await step('npm packages', ensureNodeModules);
  const missing = await step('Debian packages', () => ensureDebianPackages(wanted));
  if (missing.some((entry) => entry.forTree)) {
    throw new Failed('The Debian tree cannot be built without these packages.');
  }
  await step('compile (tsc -b)', () =>
    runOrFail(process.execPath, ['node_modules/typescript/bin/tsc', '-b']),
  );

  const namespaces = await chooseNamespaces(isRoot, reusesTree);
  const mounting = isRoot ? [] : ['--no-mount'];
  const demo = [process.execPath, '--enable-source-maps', 'test/demo/demo.mjs'];
  const [program, ...rest] = [...namespaces, ...demo, ...mounting, ...args];
  const { status } = await run(program, rest);
  return status ?? 1;
}

/** @throws {Failed} when a user who is not root cannot have a user namespace, which building the tree needs */
async function chooseNamespaces(isRoot, reusesTree) {
  const wanted = isRoot ? AS_ROOT : AS_USER;
  const { status, output } = await run(wanted[0], [...wanted.slice(1), 'true'], { capture: true });
  if (status === 0) return wanted;
  if (isRoot || reusesTree) return [];
  throw new Failed(
    `This user cannot build a Debian tree: ${output.trim()}\n` +
      'It takes a range of ids in /etc/subuid and /etc/subgid and a kernel that lets users make namespaces.\n' +
      'Either run it as root (sudo npm run demo), or name a tree that you can read (ROOTSEAL_DEMO_TREE=DIR).',
  );
}
