/** `npm run demo`: sets up this machine, then runs test/demo/demo.mjs in mount and user namespaces of its own. */
import { ensureDebianPackages, isPresent } from './apt.mjs';
import { demoPackages } from './debian-packages.mjs';
import { ensureNodeModules } from './npm.mjs';
import { Failed, run, runOrFail, step } from './steps.mjs';

/**
 * @param {string[]} args of test/demo/demo.mjs
 * @returns {Promise<number>} the exit status
 */
export async function runDemo(args) {
  const isRoot = process.getuid() === 0;
  const reusesTree = Boolean(process.env.ROOTSEAL_DEMO_TREE);
  const wanted = demoPackages.filter((entry) => !(reusesTree && entry.forTree));

  await step('npm packages', ensureNodeModules);
  const missing = await step('Debian packages', () => ensureDebianPackages(wanted));
  if (missing.some((entry) => entry.forTree)) {
    throw new Failed('The Debian tree cannot be built without these packages.');
  }
  if (!isRoot && !reusesTree) {
    throw new Failed(
      'The files of a Debian tree belong to many users, so only root can build it: sudo npm run demo\n' +
        'Or name a tree that you can read: ROOTSEAL_DEMO_TREE=/some/folder npm run demo',
    );
  }
  await step('compile (tsc -b)', () =>
    runOrFail(process.execPath, ['node_modules/typescript/bin/tsc', '-b']),
  );

  // Whatever the demo mounts goes away with its mount namespace, even when it is killed.
  const demo = [process.execPath, '--enable-source-maps', 'test/demo/demo.mjs', ...args];
  const isolated = ['unshare', '--mount', '--propagation', 'private', ...demo];
  const [program, ...rest] = isRoot && isPresent({ present: 'unshare' }) ? isolated : demo;
  const { status } = await run(program, rest);
  return status ?? 1;
}
