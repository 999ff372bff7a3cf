/** What an administrator and a timer call: status, pull, deploy. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { compare } from './measure.mjs';

const NO_SEAL = '[verify]\nmode=none\n';

/**
 * @param {{rootseal: string, tree: string, run: string, hasOstree: boolean, quiet: (program: string, ...args: string[]) => void}} bench
 *   `tree` has a kernel with an initramfs, for ostree no devices, and may be changed; `run` is an empty place
 */
export async function deployments(bench) {
  const { rootseal, tree, run, hasOstree, quiet } = bench;
  const place = (name, round = '') => path.join(run, `${name}${round}`);
  fs.writeFileSync(place('policy'), NO_SEAL);
  fs.mkdirSync(path.join(tree, 'usr/lib/rootseal'), { recursive: true });
  fs.writeFileSync(path.join(tree, 'usr/lib/rootseal/setup-root.conf'), NO_SEAL);
  quiet(rootseal, 'init', '-q', place('origin'));
  quiet(rootseal, 'commit', tree, '-b', 'main', '--repo', place('origin'));
  if (hasOstree) {
    // Where ostree wants /etc; and what is published for it over HTTP is compressed.
    quiet('cp', '-al', tree, place('ostree-tree'));
    fs.renameSync(place('ostree-tree/etc'), place('ostree-tree/usr/etc'));
    quiet('ostree', 'init', `--repo=${place('ostree-origin')}`, '--mode=archive');
    quiet(
      ...['ostree', 'commit', `--repo=${place('ostree-origin')}`, '-b', 'main'],
      ...['--bootable', `--tree=dir=${place('ostree-tree')}`],
    );
  }
  await pulls(bench, place);
  deploys(bench, place);
}

async function pulls({ rootseal, hasOstree, quiet }, place) {
  const ours = await serve(place('origin'));
  const theirs = hasOstree ? await serve(place('ostree-origin')) : undefined;
  const contestants = [
    {
      name: '`rootseal pull`',
      prepare: (round) => {
        quiet(rootseal, 'init', '-q', place('pulled', round));
        quiet(
          ...[rootseal, 'remote', 'add', 'origin', ours.url],
          ...['--policy', place('policy'), '--repo', place('pulled', round)],
        );
      },
      command: (round) => [rootseal, 'pull', 'origin', 'main', '--repo', place('pulled', round)],
    },
  ];
  if (theirs !== undefined)
    contestants.push({
      name: '`ostree pull` (archive to bare)',
      prepare: (round) => {
        quiet('ostree', 'init', `--repo=${place('ostree-pulled', round)}`, '--mode=bare');
        quiet(
          ...['ostree', 'remote', 'add', '--no-gpg-verify'],
          ...[`--repo=${place('ostree-pulled', round)}`, 'origin', theirs.url],
        );
      },
      command: (round) => [
        'ostree',
        'pull',
        `--repo=${place('ostree-pulled', round)}`,
        'origin',
        'main',
      ],
    });
  compare('Pull of a whole tree over HTTP (loopback)', contestants);
  ours.stop();
  theirs?.stop();
}

function deploys({ rootseal, hasOstree, quiet }, place) {
  const contestants = [
    {
      name: '`rootseal deploy`',
      prepare: (round) => {
        fs.mkdirSync(place('sysroot', round));
        fs.mkdirSync(path.join(place('sysroot', round), 'boot'));
        quiet('cp', '-a', place('pulled', 1), path.join(place('sysroot', round), 'composefs'));
      },
      command: (round) => [rootseal, 'deploy', 'origin/main', '--sysroot', place('sysroot', round)],
    },
  ];
  if (hasOstree)
    contestants.push({
      name: '`ostree admin deploy`',
      prepare: (round) => {
        const sysroot = `--sysroot=${place('ostree-sysroot', round)}`;
        fs.mkdirSync(place('ostree-sysroot', round));
        quiet('ostree', 'admin', 'init-fs', place('ostree-sysroot', round));
        quiet('ostree', 'admin', 'os-init', 'os', sysroot);
        quiet(
          ...['ostree', 'pull-local', `--repo=${place('ostree-sysroot', round)}/ostree/repo`],
          ...[place('ostree-origin'), 'main'],
        );
      },
      command: (round) => [
        ...['ostree', 'admin', 'deploy', `--sysroot=${place('ostree-sysroot', round)}`],
        ...['--os=os', 'main'],
      ],
    });
  compare('Deployment of what is in the repository', contestants);
  const asked = [
    {
      name: '`rootseal status`',
      command: () => [rootseal, 'status', '--sysroot', place('sysroot', 1)],
    },
  ];
  if (hasOstree)
    asked.push({
      name: '`ostree admin status`',
      command: () => ['ostree', 'admin', 'status', `--sysroot=${place('ostree-sysroot', 1)}`],
    });
  compare('Status of a host', asked, 15);
}

/** A web server for a directory; it ends with this process at the latest. */
async function serve(directory) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'serve.mjs'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const stop = () => child.kill();
  process.on('exit', stop);
  return { url: line.toString().trim(), stop };
}
