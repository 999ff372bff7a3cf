#!/usr/bin/env node
/**
 * Compares rootseal with its peers on one tree: `node test/bench/run.mjs TREE SCRATCH [million|deployments]`.
 *
 * SCRATCH is a directory on the file system to measure; it is left behind, because deleting files slows the next
 * creation on some file systems. Peers that are not installed are left out. $MKCOMPOSEFS names another mkcomposefs.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { deployments } from './deployments.mjs';
import { compare } from './measure.mjs';
import { curve } from './million.mjs';

const [tree, scratch, extra] = process.argv.slice(2);
if (tree === undefined || scratch === undefined) {
  console.error('usage: run.mjs TREE SCRATCH [million|deployments]');
  process.exit(2);
}
const mkcomposefs = process.env.MKCOMPOSEFS ?? 'mkcomposefs';
const run = path.join(
  fs.mkdirSync(path.resolve(scratch), { recursive: true }) ?? path.resolve(scratch),
  `bench-${Date.now()}`,
);
fs.mkdirSync(run);
// What is shipped is what is measured.
quiet(
  process.execPath,
  path.join(import.meta.dirname, '../../bin/package.mjs'),
  path.join(run, 'package'),
);
const rootseal = path.join(run, 'package/bin/rootseal.js');

const have = (program) => !spawnSync(program, ['--version']).error;

const place = (name, round) => path.join(run, `${name}-${round}`);

if (extra === 'million') {
  curve(rootseal, run);
} else if (extra === 'deployments') {
  versions();
  await deployments({ rootseal, tree: ostreeTree(), run, hasOstree: have('ostree'), quiet });
} else {
  versions();
  startup();
  commit();
  digest();
  fsck();
}

function quiet(program, ...args) {
  const result = spawnSync(program, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`);
}

function versions() {
  const line = (program, ...args) =>
    spawnSync(program, args, { encoding: 'utf8' }).stdout?.split('\n')[0] ?? '';
  console.log(
    `node ${process.version}; ${line('ostree', '--version')} ${spawnSync('ostree', ['--version'], { encoding: 'utf8' }).stdout?.match(/Version: '(.*)'/)?.[1] ?? ''}`,
  );
}

function startup() {
  compare(
    'Start-up',
    [
      { name: '`rootseal --version`', command: () => [rootseal, '--version'] },
      { name: '`node -e 0`', command: () => ['node', '-e', '0'] },
    ],
    15,
  );
}

function commit() {
  const contestants = [
    {
      name: '`rootseal commit` (durable)',
      prepare: (round) => quiet(rootseal, 'init', '-q', place('rootseal', round)),
      command: (round) => [rootseal, 'commit', tree, '-b', 'b', '--repo', place('rootseal', round)],
    },
  ];
  if (have(mkcomposefs)) {
    contestants.push({
      name: '`mkcomposefs --digest-store`',
      command: (round) => [
        mkcomposefs,
        `--digest-store=${place('store', round)}`,
        tree,
        place('image', round),
      ],
    });
  }
  if (have('ostree')) {
    contestants.push({
      name: '`ostree commit` (bare)',
      prepare: (round) =>
        quiet('ostree', 'init', `--repo=${place('ostree', round)}`, '--mode=bare'),
      command: (round) => [
        'ostree',
        'commit',
        `--repo=${place('ostree', round)}`,
        '-b',
        'b',
        `--tree=dir=${ostreeTree()}`,
      ],
    });
  }
  compare('Commit of a tree that is not in the repository', contestants);
  const again = place('rootseal', 1);
  compare('Commit of a tree that is there already', [
    {
      name: '`rootseal commit`',
      command: () => [rootseal, 'commit', tree, '-b', 'b', '--repo', again],
    },
    ...(have('ostree')
      ? [
          {
            name: '`ostree commit`',
            command: () => [
              'ostree',
              'commit',
              `--repo=${place('ostree', 1)}`,
              '-b',
              'b',
              `--tree=dir=${ostreeTree()}`,
            ],
          },
        ]
      : []),
  ]);
}

/** ostree cannot store devices and sockets: it gets a copy without them. */
function ostreeTree() {
  const copy = path.join(run, 'tree-without-devices');
  if (!fs.existsSync(copy)) {
    quiet('cp', '-a', tree, copy);
    quiet(
      'find',
      copy,
      '(',
      '-type',
      'c',
      '-o',
      '-type',
      'b',
      '-o',
      '-type',
      's',
      '-o',
      '-type',
      'p',
      ')',
      '-delete',
    );
  }
  return copy;
}

function digest() {
  const contestants = [
    { name: '`rootseal image digest`', command: () => [rootseal, 'image', 'digest', tree] },
    {
      name: '`rootseal image digest --as-mkcomposefs`',
      command: () => [
        rootseal,
        'image',
        'digest',
        tree,
        '--as-mkcomposefs',
        '--format-version',
        'auto',
      ],
    },
  ];
  if (have(mkcomposefs))
    contestants.push({
      name: '`mkcomposefs --print-digest-only`',
      command: () => [mkcomposefs, '--print-digest-only', tree],
    });
  compare('Digest of a tree', contestants);
}

function fsck() {
  const contestants = [
    { name: '`rootseal fsck`', command: () => [rootseal, 'fsck', '--repo', place('rootseal', 1)] },
  ];
  if (have('ostree'))
    contestants.push({
      name: '`ostree fsck`',
      command: () => ['ostree', 'fsck', `--repo=${place('ostree', 1)}`],
    });
  compare('Check of everything', contestants);
}
