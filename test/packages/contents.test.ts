/** What is in the Debian packages, that they are the same from every build, and what Debian's own checker says of them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { cannotBuild, CHECKOUT } from '../helpers/boot-program.js';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { debPackages, PACKAGE_NAMES, type PackageName } from '../helpers/deb-packages.js';
import { deadLinks } from '../helpers/links.js';
import { lintian } from '../helpers/lintian.js';
import { asNobody, reasonForNoNobody } from '../helpers/nobody.js';
import { scratchDirectory, type Scope } from '../helpers/scratch.js';

const skip =
  cannotBuild ||
  (spawnSync('dpkg-deb', ['--version']).error !== undefined && 'needs dpkg-deb, as Debian has it');

function unpack(t: Scope, name: PackageName): string {
  const directory = scratchDirectory(t);
  execFileSync('dpkg-deb', ['--raw-extract', debPackages().file(name), directory]);
  return directory;
}

function list(name: PackageName): string[] {
  const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', debPackages().file(name)], {
    maxBuffer: 1 << 26,
  });
  const text = execFileSync('tar', ['-tv', '--numeric-owner'], {
    input: archive,
    encoding: 'utf8',
  });
  return text.trim().split('\n');
}

test(
  'every file belongs to root, nobody else may write to it, and its checksum is in the package',
  { skip },
  (t) => {
    for (const name of PACKAGE_NAMES) {
      for (const line of list(name))
        assert.match(line, /^(?:d|-)rw[x-]r-[x-]r-[x-] 0\/0 |^lrwxrwxrwx 0\/0 /, line);
      const directory = unpack(t, name);
      const checked = spawnSync('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], {
        cwd: directory,
      });
      assert.equal(checked.status, 0, checked.stderr.toString());
      const sums = fs.readFileSync(join(directory, 'DEBIAN/md5sums'), 'utf8').trim().split('\n');
      const files = list(name).filter((line) => line.startsWith('-'));
      assert.equal(sums.length, files.length, name);
    }
  },
);

test(
  'the program works from where it is unpacked, with the native code of one machine alone',
  { skip },
  (t) => {
    const directory = unpack(t, 'rootseal');
    const program = join(directory, 'usr/bin/rootseal');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: directory });
    assert.match(run('--version').stdout, /^rootseal \d/);
    assert.match(run('help', 'upgrade').stdout, /rootseal-upgrade/);
    // Native code: locks and modes of directories.
    const init = run('init', 'repository');
    assert.equal(init.status, 0, init.stderr);
    const modules = join(directory, 'usr/lib/rootseal/program/node_modules');
    const native = fs
      .readdirSync(modules, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.node'));
    assert.deepEqual(native, [
      `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`,
    ]);
    const shebang = fs.readFileSync(program, 'utf8').split('\n', 1)[0];
    assert.equal(shebang, '#!/usr/bin/node');
  },
);

test(
  'each place that Debian has for manual pages, completion, units and licences has what belongs there',
  { skip },
  () => {
    const paths = (name: PackageName) => new Set(list(name).map((line) => line.split(' ./')[1]));
    const program = paths('rootseal');
    for (const path of [
      'usr/share/man/man1/rootseal-commit.1.gz',
      'usr/share/man/man5/rootseal-kargs.d.5.gz',
      'usr/share/man/man7/rootseal-units.7.gz',
      'usr/share/man/man8/rootseal-upgrade.8.gz',
      'usr/share/bash-completion/completions/rootseal',
      'usr/share/zsh/vendor-completions/_rootseal',
      'usr/share/fish/vendor_completions.d/rootseal.fish',
      'usr/share/rootseal/schema/status.json',
      'usr/lib/systemd/system/rootseal-upgrade.timer',
      'usr/lib/systemd/system-preset/90-rootseal.preset',
      'usr/share/doc/rootseal/changelog.Debian.gz',
    ])
      assert.ok(program.has(path), path);
    for (const unit of fs
      .readdirSync(join(CHECKOUT, 'systemd'))
      .filter((one) => /\.(?:service|timer)$/.test(one)))
      assert.ok(
        program.has(`usr/lib/systemd/system/${unit}`) !==
          paths('rootseal-initramfs').has(`usr/lib/systemd/system/${unit}`),
        `${unit} is in exactly one package`,
      );
    const pages = (name: PackageName) =>
      [...paths(name)].filter(
        (path) => path?.startsWith('usr/share/man/man') === true && path.endsWith('.gz'),
      );
    const sources = fs.readdirSync(join(CHECKOUT, 'docs/man')).length;
    assert.equal(pages('rootseal').length + pages('rootseal-initramfs').length, sources);
  },
);

test(
  'links of the documentation lead to files of the package, and there are some',
  { skip },
  (t) => {
    const root = unpack(t, 'rootseal');
    const documentation = join(root, 'usr/share/doc/rootseal');
    assert.deepEqual(deadLinks(documentation), []);
    const readme = fs.readFileSync(join(documentation, 'README.md'), 'utf8');
    for (const link of ['docs/howto/administrator.md', '../../man/man1/rootseal.1.gz'])
      assert.ok(readme.includes(`](${link})`), link);
    assert.ok(readme.includes('Contributing, '), 'what is not there is named');
  },
);

test('the licence of each npm package that is bundled is in the package', { skip }, (t) => {
  const text = fs.readFileSync(
    join(unpack(t, 'rootseal'), 'usr/share/doc/rootseal/copyright'),
    'utf8',
  );
  const { dependencies } = JSON.parse(fs.readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // Of yargs the bundle has the parser alone, which is a package of its own.
  const bundled = Object.entries(dependencies).filter(([name]) => name !== 'yargs');
  for (const [name, version] of bundled)
    assert.ok(text.includes(`\n  ${name} ${version}\n    Copyright`), name);
  assert.match(text, /^ {2}yargs-parser \d/m);
  for (const words of ['Permission is hereby granted, free of charge', 'Redistributions of source'])
    assert.ok(text.includes(words), words);
});

test(
  'an ordinary user with another umask, time zone and directory makes the same bytes',
  { skip: skip || reasonForNoNobody() },
  (t) => {
    // Read now: where they lie may be closed to others, and be replaced.
    const ours = PACKAGE_NAMES.map((name) => debPackages().file(name)).map((file) => ({
      name: basename(file),
      bytes: fs.readFileSync(file),
    }));
    const scratch = scratchDirectory(t);
    fs.chmodSync(scratch, 0o777);
    const script =
      'umask 077; cd "$1"; mkdir out tmp; TMPDIR=$1/tmp TZ=Asia/Tokyo "$2" "$3" --out out';
    const [command = '', ...args] = asNobody(t);
    const build = join(CHECKOUT, 'packaging/build.mjs');
    execFileSync(command, [...args, 'sh', '-euc', script, 'sh', scratch, process.execPath, build], {
      stdio: 'pipe',
    });
    for (const { name, bytes } of ours)
      assert.ok(fs.readFileSync(join(scratch, 'out', name)).equals(bytes), name);
  },
);

test(
  'lintian has no error and no warning, and each override is needed',
  { skip: skip || reasonForNoBareRoot() },
  (t) => {
    const lines = lintian(
      t,
      PACKAGE_NAMES.map((name) => debPackages().file(name)),
    );
    const bad = lines.filter((line) =>
      /^[EW]: |unused-override|mismatched-override|^\S*lintian/.test(line),
    );
    assert.deepEqual(bad, [], lines.join('\n'));
    // It has looked at them at all.
    for (const name of PACKAGE_NAMES)
      assert.ok(
        lines.some((line) => line.startsWith(`O: ${name}: `)),
        name,
      );
  },
);
