/** The Debian packages in bare Debian systems: installed, upgraded, removed and purged, and used by an ordinary user. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { bareRoot, reasonForNoBareRoot, type BareRoot } from '../helpers/bare-root.js';
import { cannotBuild } from '../helpers/boot-program.js';
import { debPackages, PACKAGE_NAMES } from '../helpers/deb-packages.js';
import { lacksForMachines } from '../vm/qemu/programs.js';
import { tiny } from '../vm/qemu/sealed.js';

const skip = cannotBuild || reasonForNoBareRoot();
const DEBS = '/srv/packages';

/** What says something about packages that are gone, or belongs to the test. */
const ELSEWHERE =
  /^\/(?:root|srv|proc|tmp)\/|^\/var\/(?:log|lib\/apt|lib\/dpkg\/(?:status|available)|cache\/(?:debconf|ldconfig))/;

function must({ run }: BareRoot, script: string): string {
  const { status, output } = run('sh', '-euc', `export DEBIAN_FRONTEND=noninteractive; ${script}`);
  assert.equal(status, 0, `${script}\n${output}`);
  return output;
}

/** Installs, as somebody types it. */
function install(system: BareRoot, files: string): void {
  must(system, `cd ${DEBS}; apt-get install -y -q ${files}`);
  assert.equal(must(system, 'dpkg --audit'), '');
}

function putPackages({ root }: BareRoot): void {
  const target = join(root, DEBS);
  fs.mkdirSync(target, { recursive: true });
  for (const name of PACKAGE_NAMES) {
    const file = debPackages().file(name);
    fs.copyFileSync(file, join(target, basename(file)));
  }
}

/** All names in the system that have to do with rootseal. */
function traces({ root }: BareRoot): string[] {
  const found = execFileSync('find', [root, '-xdev', '-iname', '*rootseal*', '-printf', '/%P\n'], {
    encoding: 'utf8',
  });
  return found
    .split('\n')
    .filter((path) => path !== '' && !ELSEWHERE.test(path))
    .sort();
}

function everyName({ root }: BareRoot): string[] {
  const found = execFileSync('find', [root, '-xdev', '-printf', '/%P\n'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return found
    .split('\n')
    .filter((path) => path !== '' && !ELSEWHERE.test(path))
    .sort();
}

/** The same package with another version, and a file that is not in it any more. */
function olderPackage({ root }: BareRoot): string {
  const directory = join(root, 'srv/older');
  execFileSync('dpkg-deb', ['--raw-extract', debPackages().file('rootseal'), directory]);
  const control = join(directory, 'DEBIAN/control');
  const text = fs.readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 0.0.1-1');
  fs.writeFileSync(control, text);
  fs.writeFileSync(join(directory, 'usr/lib/rootseal/program/gone.js'), '');
  const file = join(root, 'srv/rootseal-older.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', directory, file], { stdio: 'pipe' });
  fs.rmSync(directory, { recursive: true });
  return '../rootseal-older.deb';
}

const LINKS = [
  '/etc/systemd/system/basic.target.wants/rootseal-finalize-staged.service',
  '/etc/systemd/system/boot-complete.target.requires/rootseal-health.service',
  '/etc/systemd/system/multi-user.target.wants/rootseal-boot-complete.service',
  '/etc/systemd/system/sysinit.target.wants/rootseal-boot-deadline.timer',
];

test(
  'in a bare trixie the packages are installed, upgraded, removed and purged, and leave nothing',
  { skip },
  async (t) => {
    const system = await bareRoot(t, 'trixie');
    const isThere = (path: string): boolean =>
      fs.lstatSync(join(system.root, path), { throwIfNoEntry: false }) !== undefined;
    putPackages(system);
    must(system, 'apt-get update -q; apt-get purge --autoremove -y -q nodejs npm');
    // What they depend on stays; with it the system is what it must be again in the end.
    install(system, './rootseal*.deb');
    must(system, `dpkg --purge ${PACKAGE_NAMES.join(' ')}`);
    assert.deepEqual(traces(system), []);
    const before = everyName(system);

    install(system, olderPackage(system));
    assert.ok(isThere('/usr/lib/rootseal/program/gone.js'));
    assert.deepEqual(
      LINKS.filter((link) => !isThere(link)),
      [],
    );
    assert.ok(
      !traces(system).some((path) => path.startsWith('/etc') && path.includes('rootseal-upgrade')),
    );

    // The administrator wants no health checks, and gets none by an upgrade.
    const [, health = ''] = LINKS;
    fs.rmSync(join(system.root, health));
    install(system, './rootseal*.deb');
    assert.ok(!isThere('/usr/lib/rootseal/program/gone.js'));
    assert.deepEqual(
      LINKS.filter((link) => !isThere(link)),
      [health],
    );
    assert.match(must(system, 'rootseal --version'), /^rootseal \d/);
    install(system, './rootseal*.deb --reinstall');

    must(system, `dpkg --remove ${PACKAGE_NAMES.join(' ')}`);
    assert.equal(must(system, 'dpkg --audit'), '');
    const configuration =
      /^\/etc\/systemd\/system\/|^\/var\/lib\/systemd\/deb-systemd-helper-|^\/var\/lib\/dpkg\/info\/rootseal\.(?:list|postrm)$/;
    assert.deepEqual(
      traces(system).filter((path) => !configuration.test(path)),
      [],
    );
    must(system, `dpkg --purge ${PACKAGE_NAMES.join(' ')}`);
    assert.equal(must(system, 'dpkg --audit'), '');
    assert.deepEqual(everyName(system), before);
  },
);

test(
  'in a bare trixie an ordinary user reads manuals, commits, seals and makes a disk with the package alone',
  { skip: skip || lacksForMachines() },
  async (t) => {
    const image = tiny();
    const system = await bareRoot(t, 'trixie');
    putPackages(system);
    must(system, 'apt-get update -q');
    // The system leaves manuals out; these are asked for.
    fs.writeFileSync(
      join(system.root, 'etc/dpkg/dpkg.cfg.d/zz-manuals'),
      'path-include=/usr/share/man/man?/rootseal*\n',
    );
    install(system, './rootseal_*.deb man-db');
    execFileSync('cp', [
      '-r',
      '--no-preserve=all',
      image.repository,
      join(system.root, 'srv/site'),
    ]);
    fs.mkdirSync(join(system.root, 'srv/keys'));
    fs.writeFileSync(join(system.root, 'srv/keys/first.pub'), image.verifierKey('first'));
    const script = `
      cd "$(mktemp -d)"; export HOME=$PWD
      man rootseal-upgrade | head -n 1
      rootseal init --quiet repo; export ROOTSEAL_REPO=repo
      rootseal key generate release.example.org --output release.key >/dev/null
      rootseal commit /usr/share/bash-completion --branch own --name own --key release.key --quiet
      mkdir keys; cp release.key.pub keys; rootseal verify own --keys keys
      rootseal remote add site /srv/site --keys /srv/keys; rootseal pull site main --quiet
      rootseal disk build site/main --output disk.img --esp-size 128M
      rootseal fsck
      find . ! -user 1000`;
    const { status, output } = system.run(
      ...['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'],
      ...['env', '-i', 'PATH=/usr/bin:/bin', 'sh', '-euc', script],
    );
    assert.equal(status, 0, output);
    assert.match(output, /^rootseal-upgrade\(8\)/im);
    assert.match(output, /^accepted: sealed by 1 known key$/m);
    assert.match(output, /^disk\.img$/m);
    assert.match(output, / 2 commits: ok$/m);
    assert.doesNotMatch(output, /^\.\//m, 'all of it is theirs');
  },
);

/** A package of Node for Debian 12, as others than Debian have it: here it stands for the one in /usr/local. */
function nodePackage({ root }: BareRoot): string {
  const directory = join(root, 'srv/node');
  fs.mkdirSync(join(directory, 'DEBIAN'), { recursive: true });
  fs.mkdirSync(join(directory, 'usr/bin'), { recursive: true });
  fs.symlinkSync('/usr/local/bin/node', join(directory, 'usr/bin/node'));
  const fields = {
    Package: 'nodejs',
    Version: '20.20.2-1',
    Architecture: execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim(),
    Maintainer: 'nobody <nobody@localhost>',
    Description: 'stands for the Node of another archive',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  fs.writeFileSync(join(directory, 'DEBIAN/control'), lines.join(''));
  execFileSync('dpkg-deb', ['--build', directory, join(root, 'srv/nodejs.deb')], { stdio: 'pipe' });
  return '../nodejs.deb';
}

test(
  'a bare bookworm says that its Node is too old, and with a newer one the packages work and leave nothing',
  { skip },
  async (t) => {
    const system = await bareRoot(t, 'bookworm');
    putPackages(system);
    must(system, 'apt-get update -q');
    const refused = system.run('sh', '-c', `cd ${DEBS} && apt-get install -y ./rootseal_*.deb`);
    assert.notEqual(refused.status, 0);
    assert.match(refused.output, /rootseal : Depends: nodejs \(>= 20\.19\) but it is not /);

    install(system, `${nodePackage(system)} ./rootseal*.deb`);
    const session = `
    cd "$(mktemp -d)"; rootseal init --quiet repo; export ROOTSEAL_REPO=repo
    rootseal commit /usr/lib/rootseal -b main --quiet; rootseal fsck
    /usr/lib/rootseal/rootseal-setup-root --check`;
    assert.match(must(system, session), / 1 commit: ok$/m);
    must(system, `dpkg --purge ${PACKAGE_NAMES.join(' ')}`);
    assert.equal(must(system, 'dpkg --audit'), '');
    assert.deepEqual(traces(system), []);
  },
);
