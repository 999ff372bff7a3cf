/**
 * The main job on a real Debian tree: commit, seal, verify, mount, a second version, damage that is found, a machine that
 * starts what was sealed and nothing else, and a host that is upgraded and rolled back.
 *
 * Started by `npm run demo`. `--keep` leaves the files. ROOTSEAL_DEMO_TREE names a tree to use instead of building one,
 * and ROOTSEAL_DEMO_DIR the folder to work in (default: a new one in /var/tmp).
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { fileURLToPath } from 'node:url';
import { isPresent } from '../setup/apt.mjs';
import { bootDisk } from './boot.mjs';
import { lacksFirmware } from '../../dist/test/vm/qemu/programs.js';
import { damage } from './damage.mjs';
import { upgradeAndRollBack } from './host.mjs';
import { mountAndRead } from './mount.mjs';
import { Shell, Unexpected } from './shell.mjs';
import { changedTree, firstTree } from './tree.mjs';

const BRANCH = `debian/trixie/${arch === 'x64' ? 'amd64' : arch}`;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'debian-trixie';

async function demo(shell, options) {
  shell.heading('A key, which the system is to believe');
  await shell.run(['rootseal', 'key', 'generate', 'release.example.org', '--out', 'release.key']);
  await shell.run(['mkdir', 'keys']);
  await shell.run(['rootseal', 'key', 'show', 'release.key'], { saveTo: 'keys/release.pub' });

  shell.heading('A real Debian tree');
  const tree = await firstTree(shell);

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
  if (options.mount) await mountAndRead(shell, BRANCH, tree.path);
  else console.log('Skipped: only root may mount. (sudo npm run demo)');

  shell.heading('A second version: one file changed, one added');
  const next = await changedTree(shell, tree);
  await commit(shell, next, '13.1', 'second commit');
  await shell.run(['rootseal', 'diff', `${BRANCH}^`, BRANCH]);
  await shell.run(['rootseal', 'du', `${BRANCH}^`, BRANCH]);

  shell.heading('Nobody has sealed the second version yet');
  await shell.run(['rootseal', 'verify', BRANCH, '--keys', 'keys'], { expect: [10, 12] });
  await shell.run(['rootseal', 'seal', BRANCH, '--key', 'release.key']);
  await shell.run(['rootseal', 'verify', BRANCH, '--keys', 'keys']);

  shell.heading('Damage: one byte of one object changes');
  await damage(shell, tree.path);

  shell.heading('Start what was sealed');
  const obstacle = tree.isOurs
    ? lacksFirmware() || undefined
    : 'ROOTSEAL_DEMO_TREE does not believe the key of this demo';
  if (obstacle === undefined) await bootDisk(shell, BRANCH);
  else console.log(`Skipped: ${obstacle}.`);

  shell.heading('A host: upgrade, reboot, roll back');
  const lacks = lacksFirmware();
  if (lacks === false) await upgradeAndRollBack(shell);
  else console.log(`Skipped: ${lacks}.`);
}

/** The commit says from which state of this clone the tree was built, unless this is no clone. */
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
  const digest = JSON.parse(stdout).commit.image.replace(/^.*:/, '');
  const image = `repo/images/${digest}`;
  if (isPresent({ present: 'fsverity' })) {
    const measured = await shell.run(['fsverity', 'digest', '--compact', image]);
    if (measured.stdout.trim() !== digest) throw new Unexpected('fsverity has another digest');
  }
  if (isPresent({ present: 'fsck.erofs' })) await shell.run(['fsck.erofs', image]);
}

function printSummary(shell, start) {
  console.log('\nTimes:');
  for (const { title, seconds } of shell.times) {
    console.log(`${seconds.toFixed(2).padStart(8)} s  ${title}`);
  }
  const total = (performance.now() - start) / 1000;
  console.log(`${total.toFixed(2).padStart(8)} s  everything`);
}

async function main(args) {
  const start = performance.now();
  const parent = process.env.ROOTSEAL_DEMO_DIR ?? '/var/tmp';
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'rootseal-demo-'));
  const keep = args.includes('--keep');
  const clean = () => {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      clean();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  }
  console.log(`\nAll commands run in ${folder}, with ROOTSEAL_REPO=repo.`);
  const shell = new Shell(folder, { ROOTSEAL_REPO: join(folder, 'repo') });
  try {
    await demo(shell, { mount: !args.includes('--no-mount') });
    console.log('\nThe demo did all it set out to do.');
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    console.log(`\nThe demo stops here. ${error.message}`);
    process.exitCode = 1;
  } finally {
    printSummary(shell, start);
    clean();
    if (keep) console.log(`\nEverything is left in ${folder}`);
  }
}

await main(process.argv.slice(2));
