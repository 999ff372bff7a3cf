/** A merge of /etc in a process of its own, which tests kill: node merge-etc.js REPOSITORY OLD-COMMIT NEW-COMMIT OLD-ETC TARGET MODE */
import { mergeEtc } from '../../src/deploy/etc/merge.js';
import type { EtcMount } from '../../src/formats/seal/policy.js';
import { readRevision } from '../../src/repo/read-tree.js';
import { Repository } from '../../src/repo/repository.js';
import { noProgress } from '../../src/util/progress.js';
import { armStopPoints } from '../../src/util/stop-point.js';

const [path = '', base = '', theirs = '', mine = '', target = '', mode = ''] =
  process.argv.slice(2);
const repository = Repository.open(path);
const trees = await Promise.all(
  [base, theirs].map(async (commit) => (await readRevision(repository, commit)).tree),
);
const [old, next] = trees;
if (old === undefined || next === undefined) throw new TypeError('two commits are needed');
const stop = process.env['ROOTSEAL_STOP_AT'];
if (stop !== undefined) armStopPoints(stop);
process.stdout.write('started\n');
await mergeEtc({
  repository,
  base: old,
  mine: { root: mine, path: '.' },
  oldMode: 'bind',
  theirs: next,
  mode: mode as EtcMount,
  target,
  progress: noProgress,
});
