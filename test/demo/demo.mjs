/**
 * The main job on a real Debian tree: commit, seal, verify, mount, a second version, damage that is found, a machine that
 * starts what was sealed and nothing else, and a host that is upgraded and rolled back.
 *
 * Started by `npm run demo`. `--keep` leaves the files. `--set-up` does nothing and says what would be skipped.
 * ROOTSEAL_DEMO_TREE names a tree to use instead of building one, and ROOTSEAL_DEMO_DIR the folder to work in (default: a
 * new one in /var/tmp). The last line says whether something was skipped (verdict.mjs).
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { fileURLToPath } from 'node:url';
import { enterMountNamespace } from '../../dist/src/linux/namespace.js';
import { describeError } from '../../dist/src/util/errors.js';
import { makeAgentKey, sealByAgent } from './agent.mjs';
import { bootDisk } from './boot.mjs';
import { damage } from './damage.mjs';
import { upgradeAndRollBack } from './host.mjs';
import { mountAndRead } from './mount.mjs';
import { allObstacles } from './parts.mjs';
import { bootSealed } from './sealed.mjs';
import { sealBySecondSigner } from './second-signer.mjs';
import { Shell, Unexpected } from './shell.mjs';
import { changedTree, firstTree } from './tree.mjs';
import { verdictOn } from './verdict.mjs';

const BRANCH = `debian/trixie/${arch === 'x64' ? 'amd64' : arch}`;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'debian-trixie';

async function demo(shell) {
  shell.heading('A key, which the system is to believe');
  await shell.run([
    'rootseal',
    'key',
    'generate',
    'release.example.org',
    '--output',
    'release.key',
  ]);
  await shell.run(['mkdir', 'keys']);
  await shell.run(['rootseal', 'key', 'show', 'release.key'], { saveTo: 'keys/release.pub' });

  shell.heading('Another key, which an SSH agent has');
  await shell.unlessLacking('agent', () => makeAgentKey(shell));

  shell.heading('A real Debian tree');
  const tree = await firstTree(shell);

  shell.heading('What is wrong with it, before anybody gets it');
  // A tree that was given is whatever it is.
  await shell.run(['rootseal', 'lint', tree.path, '--strict'], {
    expect: tree.isOurs ? [0] : [0, 3],
  });

  shell.heading('Commit it');
  await shell.run(['rootseal', 'init', 'repo']);
  const first = await commit(shell, tree.path, '13.0', 'first commit');
  await shell.run(['rootseal', 'log', BRANCH]);
  await shell.run(['rootseal', 'ls', BRANCH, '/etc/ssh']);

  shell.heading('Seal the commit, verify the seal');
  await shell.run(['rootseal', 'seal', BRANCH, '--key', 'release.key'], { title: 'seal' });
  await shell.run(['rootseal', 'verify', BRANCH, '--keys', 'keys'], { title: 'verify' });

  shell.heading('What other tools say about the image');
  await askOthers(shell, first);

  shell.heading('Mount it and read it');
  await shell.unlessLacking('mount', () => mountAndRead(shell, BRANCH, tree.path));

  shell.heading('A second version: one file changed, one added');
  const next = await changedTree(shell, tree);
  await commit(shell, next, '13.1', 'second commit');
  await shell.run(['rootseal', 'diff', `${BRANCH}^`, BRANCH]);
  await shell.run(['rootseal', 'diff', `${BRANCH}^`, BRANCH, '--packages']);
  await shell.run(['rootseal', 'du', `${BRANCH}^`, BRANCH]);

  shell.heading('Nobody has sealed the second version yet');
  await shell.run(['rootseal', 'verify', BRANCH, '--keys', 'keys'], { expect: [10, 12] });
  await shell.unlessLacking('agent', () => sealByAgent(shell, BRANCH));
  await shell.run(['rootseal', 'seal', BRANCH, '--key', 'release.key']);
  await shell.run(['rootseal', 'verify', BRANCH, '--keys', 'keys']);

  shell.heading('A second person signs it, who has no repository');
  await sealBySecondSigner(shell, BRANCH);

  shell.heading('Damage: one byte of one object changes');
  await damage(shell, tree.path);

  shell.heading('Start what was sealed');
  await shell.unlessLacking('boot', () => bootDisk(shell, BRANCH));

  shell.heading('Under Secure Boot: a machine that starts what its owner signed');
  await shell.unlessLacking('sealed', () =>
    bootSealed(shell, BRANCH, {
      tree: next,
      commit: async (path, version) => {
        const id = await commit(shell, path, version, 'third commit');
        await shell.run(['rootseal', 'seal', BRANCH, '--key', 'release.key']);
        return id;
      },
    }),
  );

  shell.heading('A host: upgrade, reboot, roll back');
  await shell.unlessLacking('host', () => upgradeAndRollBack(shell));
}

/** The commit says from which state of this clone the tree was built, unless this is not a clone. */
async function commit(shell, tree, version, title) {
  const naming = ['--branch', BRANCH, '--name', NAME, '--release-version', version];
  const provenance = existsSync(join(PROJECT, '.git'))
    ? ['--source-git', join(PROJECT, 'images/debian')]
    : [];
  const command = ['rootseal', 'commit', tree, ...naming, ...provenance];
  const { stdout } = await shell.run(command, { title });
  return stdout.trim();
}

/** The image is an ordinary EROFS file whose name is its fs-verity digest. */
async function askOthers(shell, commit) {
  const { stdout } = await shell.run(['rootseal', 'show', commit, '--json']);
  const digest = JSON.parse(stdout).image.replace(/^.*:/, '');
  const image = `repo/images/${digest}`;
  await shell.unlessLacking('fsverity', async () => {
    const measured = await shell.run(['fsverity', 'digest', '--compact', image]);
    if (measured.stdout.trim() !== digest) throw new Unexpected('fsverity has another digest');
  });
  await shell.unlessLacking('erofs', () => shell.run(['fsck.erofs', image]));
}

function printSummary(shell, start) {
  console.log('\nTimes:');
  for (const { title, seconds } of shell.times) {
    console.log(`${seconds.toFixed(2).padStart(8)} s  ${title}`);
  }
  const total = (performance.now() - start) / 1000;
  console.log(`${total.toFixed(2).padStart(8)} s  everything`);
}

/**
 * Whatever the demo mounts goes away with its mount namespace, even when it is killed.
 *
 * @returns {string | undefined} why nothing can be mounted; the first call starts this program again
 */
function prepareToMount(args) {
  if (args.includes('--no-mount')) return 'needs root: sudo npm run demo';
  try {
    enterMountNamespace();
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

/** A folder that goes away at the end, or when somebody interrupts. */
function makeFolder(keep) {
  const parent = process.env.ROOTSEAL_DEMO_DIR ?? '/var/tmp';
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'rootseal-demo-'));
  const clean = () => {
    if (keep) console.log(`\nEverything is left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      clean();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  }
  return { folder, clean };
}

async function main(args) {
  const start = performance.now();
  const isOurTree = !process.env.ROOTSEAL_DEMO_TREE;
  const conditions = { noMount: prepareToMount(args), isOurTree };
  if (args.includes('--set-up'))
    return conclude(verdictOn(allObstacles(conditions), { before: true }));
  const { folder, clean } = makeFolder(args.includes('--keep'));
  console.log(`\nAll commands run in ${folder}, with ROOTSEAL_REPO=repo.`);
  const shell = new Shell(folder, { ROOTSEAL_REPO: join(folder, 'repo') }, conditions);
  try {
    await demo(shell);
    printSummary(shell, start);
    clean();
    conclude(verdictOn(shell.skipped));
  } catch (error) {
    printSummary(shell, start);
    clean();
    if (!(error instanceof Unexpected)) throw error;
    conclude({ line: `The demo stops here. ${error.message}`, status: 1 });
  }
}

function conclude({ line, status }) {
  console.log(`\n${line}`);
  process.exitCode = status;
}

await main(process.argv.slice(2));
