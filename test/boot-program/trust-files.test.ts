/**
 * Policy, keys and revocations that are not where or what they should be: the boot program, whoever makes an initramfs, and whoever
 * deploys the image decide alike. One of them that passes over what another refuses makes a machine that does not boot, or a looser one.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { trustOf } from '../../src/deploy/image/image-policy.js';
import { DirectoryFiles } from '../../src/disk/image-files.js';
import { readTrustFiles } from '../../src/disk/lint/image-trust.js';
import { readRevision } from '../../src/repo/read-tree.js';
import { Repository } from '../../src/repo/repository.js';
import { RootsealError } from '../../src/util/errors.js';
import { cannotBoot } from '../helpers/boot-once.js';
import { buildBoot } from '../helpers/boot-program.js';
import { templateRepository } from '../helpers/repository.js';

const skip = cannotBoot;
const POLICY = 'etc/rootseal/setup-root.conf';
/** What a looser policy in the second place would be. */
const LOOSER = { 'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n' };
type Files = Readonly<Record<string, string>>;

const template = templateRepository((repository) => ({ repository }));

/** Who takes the trust of a tree with these files; a content `->x` is a symbolic link. */
async function judges(
  t: TestContext,
  files: Files,
): Promise<Readonly<Record<string, boolean | string>>> {
  const { repository } = template(t);
  const root = repository.tree({ 'usr/bin/': '', ...files });
  repository.expect(['commit', root, '-b', 'main', '--time', '@0']);
  const image = Repository.open(repository.path);
  const { tree } = await readRevision(image, 'main');
  const directory = new DirectoryFiles(root);
  t.after(() => {
    directory.close();
  });
  fs.copyFileSync(buildBoot('rootseal-setup-root'), join(root, 'usr/bin/check'));
  const check = spawnSync('chroot', [root, '/usr/bin/check', '--check'], { encoding: 'utf8' });
  assert.ok(check.status === 0 || check.stderr.startsWith('rootseal: refused '), check.stderr);
  return {
    boot: check.status === 0,
    initramfs: await verdictOf(() => readTrustFiles(directory)),
    deployment: await verdictOf(() => trustOf(image, tree)),
  };
}

/** True when it is taken, else why not. */
async function verdictOf(look: () => unknown): Promise<true | string> {
  try {
    await look();
    return true;
  } catch (error) {
    if (error instanceof RootsealError) return error.code;
    throw error;
  }
}

const REFUSED: Readonly<Record<string, Files>> = {
  'an empty policy': { [POLICY]: '' },
  'a policy of comments': { [POLICY]: '# threshold=2\n' },
  'a policy that is a link to nowhere': { [POLICY]: '->gone' },
  'a policy that is too long': { [POLICY]: `[verify]\n${'#\n'.repeat(40_000)}` },
  'a policy that is a directory': { [`${POLICY}/`]: '' },
  'a policy that is a link to a directory': { [POLICY]: '->/usr' },
  'a directory of the policy that is a link to nowhere': { 'etc/rootseal': '->gone' },
  'a directory of the policy that is a file': { 'etc/rootseal': 'x' },
  'a directory among the keys': { 'etc/rootseal/keys.d/x.pub/': '' },
  'a key that is a link to nowhere': { 'usr/lib/rootseal/keys.d/x.pub': '->gone' },
  'keys that are a file': { 'etc/rootseal/keys.d': '' },
  'revocations that are a link to nowhere': { 'usr/lib/rootseal/revoked.d': '->gone' },
  'a revocation that is a link in a circle': { 'etc/rootseal/revoked.d/x': '->x' },
};

for (const [name, files] of Object.entries(REFUSED)) {
  test(
    `${name}: the boot program, the initramfs and a deployment refuse it alike, with one code`,
    { skip },
    async (t) => {
      const verdict = await judges(t, { ...LOOSER, ...files });
      const code = 'FORMAT_INVALID';
      assert.deepEqual(verdict, { boot: false, initramfs: code, deployment: code });
    },
  );
}

const TAKEN: Readonly<Record<string, Files>> = {
  'no policy': {},
  'a policy behind links': {
    [POLICY]: '->../../usr/share/link',
    'usr/share/link': '->policy',
    'usr/share/policy': '[verify]\nmode=seal\n',
  },
  'keys behind a link to a directory': {
    'etc/rootseal/keys.d': '->/usr/share/keys',
    'usr/share/keys/note': 'no key\n',
  },
  'names that do not count': {
    'etc/rootseal/keys.d/x/': '',
    'etc/rootseal/revoked.d/.x': '->gone',
  },
};

for (const [name, files] of Object.entries(TAKEN)) {
  test(
    `${name}: the boot program, the initramfs and a deployment take it alike`,
    { skip },
    async (t) => {
      const verdict = await judges(t, files);
      assert.deepEqual(verdict, { boot: true, initramfs: true, deployment: true });
    },
  );
}
