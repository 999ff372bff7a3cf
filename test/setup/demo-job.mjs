/** `npm run demo`: sets up this machine, then runs test/demo/demo.mjs, as a user in namespaces of its own. */
import { compile, setUp, setUpEmulator } from './set-up.mjs';
import { Failed, run } from './steps.mjs';

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
  const missing = await setUp();
  if (!reusesTree && missing.some(({ marks = [] }) => marks.includes('tree'))) {
    throw new Failed('The Debian tree cannot be built without these packages.');
  }
  await setUpEmulator();
  await compile();

  const namespaces = isRoot ? [] : await userNamespaces(reusesTree);
  const mounting = isRoot ? [] : ['--no-mount'];
  const demo = [process.execPath, '--enable-source-maps', 'test/demo/demo.mjs'];
  const [program, ...rest] = [...namespaces, ...demo, ...mounting, ...args];
  const { status } = await run(program, rest);
  return status ?? 1;
}

/** @throws {Failed} when this user cannot have a user namespace, which building the tree needs */
async function userNamespaces(reusesTree) {
  const [program, ...args] = [...AS_USER, 'true'];
  const { status, output } = await run(program, args, { capture: true });
  if (status === 0) return AS_USER;
  if (reusesTree) return [];
  throw new Failed(
    `This user cannot build a Debian tree: ${output.trim()}\n` +
      'It takes a range of ids in /etc/subuid and /etc/subgid and a kernel that lets users make namespaces.\n' +
      'Either run it as root (sudo npm run demo), or name a tree that you can read (ROOTSEAL_DEMO_TREE=DIR).',
  );
}
