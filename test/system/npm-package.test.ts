/** `npm install -g` of what is published, in a bare Debian without a network: the program, the library and the boot program work. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { bareSystem } from '../helpers/bare-system.js';
import { cannotBuild, CHECKOUT } from '../helpers/boot-program.js';
import { deadLinks } from '../helpers/links.js';
import { NPM, unpackArchive } from '../helpers/npm-archive.js';
import { compileWith } from '../helpers/packed-library.js';
import { inScope, scratchDirectory } from '../helpers/scratch.js';
import { rootShell } from '../howto/root.js';
import { cached } from '../vm/qemu/cache.js';

const skip = reasonForNoBareRoot() || cannotBuild;

/** Of https://nodejs.org/, as npm's registry has them. Node 20 is Debian's own. */
const NODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '22.23.3': {
    x64: 'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    arm64:
      'l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  '24.22.1': {
    x64: 'ogMoFZRQLCX7VpzQAtfs7q0DVFa7D79LKhmttHZNGJrz0Yp5/LtU0MISM7gvThSo6AbVelac9uVu9Jfm1464ow==',
    arm64:
      '1uD+Qvcu14ZJ6JVhsAiOeAiCQI0Nnu+y60VJnwhq8nGr+1l7XKFnNlZ42f619d+h5UzRQtO3pwpBEM2FYR/83Q==',
  },
};

/** A directory with `bin/node` and `bin/npm`. */
function nodeDirectory(version: string): string {
  const sha512 = NODES[version]?.[process.arch];
  if (sha512 === undefined)
    throw new Error(`no Node ${version} of npm's registry for ${process.arch}`);
  const archive = { name: `node-linux-${process.arch}@${version}`, sha512 };
  const ingredients = ['test/helpers/npm-archive.ts', `=${archive.name}`];
  return cached(`node-${version}`, ingredients, (work) => {
    unpackArchive(archive, work);
    unpackArchive(NPM, join(work, 'lib/node_modules/npm'));
    fs.symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(work, 'bin/npm'));
  });
}

/** What is published, with a program that was compiled against it. */
interface Packed {
  readonly directory: string;
  readonly archive: string;
  /** The package, unpacked. */
  readonly unpacked: string;
  /** File of the program. */
  readonly pipeline: string;
}

const PIPELINE = 'release-pipeline';

function pack(directory: string): Packed {
  const args = [join(CHECKOUT, 'bin/pack.mjs'), directory];
  const archive = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
  execFileSync('tar', ['-xzf', archive, '-C', directory]);
  const unpacked = join(directory, 'package');
  const source = fs.readFileSync(join(CHECKOUT, `docs/examples/${PIPELINE}.ts`), 'utf8');
  const out = compileWith(join(directory, 'program'), unpacked, new Map([[PIPELINE, source]]));
  return { directory, archive, unpacked, pipeline: join(out, `${PIPELINE}.js`) };
}

let packed: Packed | undefined;
before(() => {
  if (skip === false) packed = pack(fs.mkdtempSync('/var/tmp/rootseal-test-'));
});
after(() => {
  if (packed !== undefined) fs.rmSync(packed.directory, { recursive: true });
});

/** What a tree needs at the least for an initramfs: a kernel's modules, a policy. The boot program is not there. */
const TREE = String.raw`
mkdir -p tree/etc/rootseal/keys.d tree/usr/lib/rootseal tree/usr/lib/modules/6.12.0-test
cd tree
printf 'ID=example\n' >etc/os-release
printf '[verify]\nmode=seal\nname=example\n' >usr/lib/rootseal/setup-root.conf
printf 'overlay.ko:\nerofs.ko:\n' >usr/lib/modules/6.12.0-test/modules.dep
for name in overlay erofs; do echo "module $name" >"usr/lib/modules/6.12.0-test/$name.ko"; done
for index in $(seq 300); do echo "file $index" | tee -a "etc/file-$index" "etc/file-$index" >/dev/null; done
cd ..
`;

for (const version of ['20', ...Object.keys(NODES)])
  test(
    `npm installs it for Node ${version} without a network, and all of it works`,
    { skip },
    async (t) => {
      assert.ok(packed);
      const { archive, directory, pipeline } = packed;
      const system = await inScope(async (scope) => (await bareSystem(scope, 'trixie')).system);
      const node = version === '20' ? [] : [nodeDirectory(version)];
      const shell = rootShell(t, { base: system, visible: [directory, ...node] });
      const run = async (command: string, expected = 0): Promise<string> => {
        const { status, output } = await shell.run(command);
        assert.equal(status, expected, `${command}\n${output}`);
        return output;
      };
      for (const place of node) await run(`export PATH=${place}/bin:$PATH`);
      assert.ok(
        (await run('node --version')).startsWith(`v${version}.`.replace(/(\d\.\d+)\.$/, '$1')),
      );
      // Neither a compiler nor make is there, and npm may not ask anybody.
      await run('command -v cc make', 1);
      await run(`npm install -g --offline ${archive}`);
      assert.match(await run('rootseal --version'), /^rootseal \d/);

      await run(`cd /srv && ${TREE}`);
      await run('rootseal key generate release.example.org --output release.key');
      await run('cp release.key.pub tree/etc/rootseal/keys.d/release.pub');
      await run('export ROOTSEAL_REPO=/srv/repo && rootseal init');
      await run('rootseal commit tree -b main --name example');
      await run('rootseal seal main --key release.key');
      assert.match(await run('rootseal verify main --keys tree/etc/rootseal/keys.d'), /accepted/);
      await run('rootseal fsck');
      assert.match(
        await run('rootseal initramfs build tree --output initramfs.img'),
        /the one that is installed here was taken/,
      );
      assert.match(await run('rootseal help commit'), /rootseal-commit/);

      await run(
        'mkdir -p program/node_modules && ln -s "$(npm root -g)/rootseal" program/node_modules/',
      );
      await run(`cp ${pipeline} program/ && echo '{"type":"module"}' >program/package.json`);
      const release = await run(`node program/${PIPELINE}.js tree work published 2>/dev/null`);
      const { commit } = JSON.parse(release) as { commit: string };
      assert.equal((await run('cat published/refs/heads/os/stable')).trim(), commit);
    },
  );

test('links of the documentation lead to files of the package', { skip }, () => {
  assert.ok(packed);
  assert.deepEqual(deadLinks(packed.unpacked), []);
  const readme = fs.readFileSync(join(packed.unpacked, 'README.md'), 'utf8');
  assert.ok(readme.includes('](docs/howto/release-engineer.md)'));
});

test('the package has the notices of all that others wrote in it', { skip }, () => {
  assert.ok(packed);
  const read = (name: string) => fs.readFileSync(join(packed?.unpacked ?? '', name), 'utf8');
  const bundle = read('THIRD-PARTY-LICENSES');
  for (const name of ['isomorphic-git', 'execa', '@noble/ed25519', 'fs-extra', 'yargs-parser'])
    assert.match(bundle, new RegExp(`^  ${name} \\d`, 'm'));
  assert.match(bundle, /Permission is hereby granted, free of charge/);
  assert.match(read('initramfs/prebuilt/LICENSES'), /libsodium: ISC[^]*musl: MIT/);
  assert.match(read('node_modules/koffi/LICENSE.txt'), /Permission is hereby granted/);
});

test(
  'the boot program of the package is installed in a tree without a compiler, and is what its sources make',
  { skip },
  (t) => {
    assert.ok(packed);
    const initramfs = join(packed.unpacked, 'initramfs');
    const tree = scratchDirectory(t);
    const make = (...args: string[]) =>
      spawnSync('make', ['-s', '-C', initramfs, ...args], { encoding: 'utf8' });
    const installed = make('install', `DESTDIR=${tree}`, 'CC=false', 'HOST_CC=false');
    assert.equal(installed.status, 0, installed.stderr);
    const program = fs.readFileSync(join(tree, 'usr/lib/rootseal/rootseal-setup-root'));
    assert.ok(fs.existsSync(join(tree, 'usr/lib/dracut/modules.d/90rootseal/module-setup.sh')));
    const build = join(tree, 'build');
    const made = make('program', `BUILD=${build}`);
    assert.equal(made.status, 0, made.stderr);
    assert.ok(program.equals(fs.readFileSync(join(build, 'rootseal-setup-root'))));
  },
);
