/** Modes of files that lose their access lists: the mask must not become the rights of the group. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lookup } from '../../src/formats/tree/walk.js';
import { checkoutTree } from '../../src/repo/checkout.js';
import { Repository } from '../../src/repo/repository.js';
import { ascii } from '../../src/util/bytes.js';
import { noProgress } from '../../src/util/progress.js';
import { load } from '../helpers/loaded.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = spawnSync('setfacl', ['--version']).error !== undefined && 'needs setfacl (acl)';

/** A file and a directory whose masks are `rwx`, and whose groups have nothing and reading only. */
function makeTree(t: TestContext): { scratch: string; tree: string } {
  const scratch = scratchDirectory(t, '/var/tmp');
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'd'), { recursive: true });
  fs.writeFileSync(join(tree, 'f'), '');
  const setfacl = (...args: string[]) => execFileSync('setfacl', args, { cwd: tree });
  setfacl('-m', 'u:2001234:rwx,g::---,m::rwx,o::---', 'f');
  setfacl('-m', 'u:2001234:rwx,g::r--,m::rwx,o::---', 'd');
  assert.equal(fs.statSync(join(tree, 'f')).mode & 0o777, 0o670);
  return { scratch, tree };
}

test(
  'a tree without its attributes gives groups what their lists gave them',
  { skip },
  async (t) => {
    const { scratch, tree } = makeTree(t);
    const file = join(scratch, 'x.tar');
    execFileSync('tar', ['--acls', '-cf', file, '-C', tree, '.']);
    for (const source of [tree, `tar:${file}`]) {
      for (const xattrs of ['none', 'user', 'security'] as const) {
        const loaded = (await load(source, xattrs)).tree;
        for (const [path, mode] of [
          ['/f', 0o600],
          ['/d', 0o740],
        ] as const) {
          const inode = lookup(loaded, ascii(path));
          assert.ok(inode !== undefined && inode.kind !== 'link');
          assert.deepEqual(
            [inode.mode, inode.xattrs.size],
            [mode, 0],
            `${source} ${xattrs} ${path}`,
          );
        }
      }
    }
  },
);

test(
  'a checkout by somebody else than root gives groups what their lists gave them',
  { skip },
  async (t) => {
    const { scratch, tree } = makeTree(t);
    const repository = Repository.init(join(scratch, 'repo'), 'sha256');
    const out = join(scratch, 'out');
    const { skipped } = await checkoutTree(repository, (await load(tree)).tree, out, {
      privileged: false,
      progress: noProgress,
    });
    assert.equal(skipped.length, 2);
    assert.equal(fs.statSync(join(out, 'f')).mode & 0o777, 0o600);
    assert.equal(fs.statSync(join(out, 'd')).mode & 0o777, 0o740);
  },
);
