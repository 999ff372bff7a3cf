/** Each rule of `rootseal lint` finds what it is for, and no other rule does: in a directory and in its commit alike. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  generateSignerKey,
  initRepository,
  openRepository,
  type SignerKey,
} from '../../../../src/api/index.js';
import { namedRelease } from '../../../../src/disk/lint/last-release.js';
import { lintDirectory } from '../../../../src/disk/lint/lint-directory.js';
import type { LintFinding } from '../../../../src/disk/lint/lint-finding.js';
import type { LintRequest } from '../../../../src/disk/lint/lint-request.js';
import { lintRevision, lintRevisionForRelease } from '../../../../src/disk/lint/lint-revision.js';
import { LINT_RULES } from '../../../../src/disk/lint/lint-rules.js';
import { attachSignature, signRequest } from '../../../../src/formats/authenticode/sign-pe.js';
import { encodeCpio } from '../../../../src/formats/cpio.js';
import { encodeUki } from '../../../../src/formats/uki/encode-uki.js';
import { readRevision } from '../../../../src/repo/read-tree.js';
import { Repository } from '../../../../src/repo/repository.js';
import { writeUki } from '../../../../src/repo/ukis.js';
import { ascii } from '../../../../src/util/bytes.js';
import { RELEASE } from '../../../helpers/disk.js';
import { fixTimes } from '../../../helpers/fixed-times.js';
import { makeKernel, makeStub } from '../../../helpers/pe-file.js';
import {
  addFiles,
  makeReleaseTree,
  MODULES,
  packInitramfs,
} from '../../../helpers/release-tree.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { makeTestKey } from '../../../helpers/secure-boot-keys.js';

/** Later than what tests make a moment ago. */
const TIME = 4_000_000_000;
const REQUEST: LintRequest = {
  ...{ kernel: undefined, skip: new Set<string>(), last: undefined, latest: TIME, now: TIME },
  ...{ progress: () => undefined, signal: undefined },
};

/** `L01 error`, and whether a machine refuses it: `L05 error refused`. */
function told(findings: readonly LintFinding[]): string[] {
  return findings.map(
    ({ id, severity, isRefused }) => `${id} ${severity}${isRefused ? ' refused' : ''}`,
  );
}

/** A repository, and trees that are committed to it one after the other. */
class Workshop {
  readonly scratch: string;
  private readonly place: string;
  private sequence = 1;

  constructor(t: TestContext) {
    this.scratch = scratchDirectory(t);
    this.place = join(this.scratch, 'repo');
  }

  /** A tree in which nothing is wrong. */
  tree(change: (tree: string) => void = () => undefined): string {
    const tree = fs.mkdtempSync(join(this.scratch, 'tree-'));
    fs.chmodSync(tree, 0o755);
    makeReleaseTree(tree);
    change(tree);
    return tree;
  }

  async commit(
    tree: string,
    wishes: { sequence?: number; signers?: readonly SignerKey[] } = {},
  ): Promise<string> {
    if (!fs.existsSync(this.place)) await initRepository(this.place);
    const repository = await openRepository(this.place);
    const { id } = await repository.commit({
      source: { kind: 'directory', path: tree },
      ...{ branch: 'main', name: 'test', time: new Date(TIME * 1000) },
      sequence: this.sequence++,
      ...wishes,
    });
    return id;
  }

  get repository(): Repository {
    return Repository.open(this.place);
  }

  async lint(id: string, request: Partial<LintRequest> = {}): Promise<LintFinding[]> {
    const { repository } = this;
    const revision = await readRevision(repository, id);
    return lintRevisionForRelease(repository, revision, { ...REQUEST, ...request });
  }
}

interface Case {
  readonly change: (tree: string) => void;
  readonly says: readonly string[];
  readonly message: RegExp;
}

const add =
  (files: Readonly<Record<string, string | Buffer>>) =>
  (tree: string): void => {
    addFiles(tree, files);
  };
const remove = (path: string) => (tree: string) => {
  fs.rmSync(join(tree, path), { recursive: true });
};
const link = (path: string, target: string) => (tree: string) => {
  fs.mkdirSync(join(tree, path, '..'), { recursive: true });
  fs.symlinkSync(target, join(tree, path));
};
/** Changes, and an initramfs that follows them. */
const packed = (change: (tree: string) => void) => (tree: string) => {
  change(tree);
  packInitramfs(tree);
};
const all =
  (...changes: readonly ((tree: string) => void)[]) =>
  (tree: string) => {
    for (const change of changes) change(tree);
  };

const POLICY = 'usr/lib/rootseal/setup-root.conf';
const SEALED = '[verify]\nmode=seal\nname=test\n';
const PEM = `-----BEGIN PRIVATE KEY-----\n${'MC4CAQAwBQYDK2VwBCIEIA'.repeat(3)}\n-----END PRIVATE KEY-----\n`;
const UPGRADES = { 'usr/lib/systemd/system/rootseal-upgrade.service': '' };

const CASES: Readonly<Record<string, Case>> = {
  'a /var/run of its own': {
    change: add({ 'var/run/file': '', 'usr/lib/tmpfiles.d/a.conf': 'f /var/run/file\n' }),
    says: ['L01 error'],
    message: /\/var\/run is not a link/,
  },
  'a /bin of its own': {
    change: all(remove('bin'), add({ 'bin/sh': '' })),
    says: ['L02 error'],
    message: /^\/bin is not a link into \/usr/,
  },
  'a /lib64 that leads elsewhere': {
    change: link('lib64', 'etc'),
    says: ['L02 error'],
    message: /^\/lib64 is not/,
  },
  'a second /etc': {
    change: add({ 'usr/etc/passwd': '' }),
    says: ['L03 error'],
    message: /\/usr\/etc is there/,
  },
  'no /sysroot and no /run': {
    change: all(remove('sysroot'), remove('run')),
    says: ['L04 error refused'],
    message: /\/sysroot and \/run are missing; the root is read-only/,
  },
  'no /tmp': { change: remove('tmp'), says: ['L04 error'], message: /^\/tmp is missing/ },
  'an /etc that is a file': {
    change: all(remove('etc'), add({ etc: '' })),
    says: ['L04 error refused'],
    message: /\/etc is not a directory but a file/,
  },
  'an /etc that is a symbolic link': {
    change: all(remove('etc'), link('etc', 'efi')),
    says: ['L04 error refused'],
    message: /\/etc is not a directory but a symbolic link/,
  },
  'no kernel': {
    change: remove(`${MODULES}/vmlinuz`),
    says: ['L05 error refused'],
    message: /the tree has no kernel/,
  },
  'two kernels': {
    change: add({
      'usr/lib/modules/6.13.0/vmlinuz': 'kernel',
      'usr/lib/modules/6.13.0/initramfs.img': '',
    }),
    says: ['L05 error refused'],
    message: /the tree has 2 kernels: 6\.12\.0-test, 6\.13\.0/,
  },
  'no initramfs': {
    change: remove(`${MODULES}/initramfs.img`),
    says: ['L05 error refused'],
    message: /no initramfs for kernel/,
  },
  'a kernel that says that it is another one': {
    change: add({ [`${MODULES}/vmlinuz`]: bootProtocolKernel('6.1.0-other (builder) #1') }),
    says: ['L06 error'],
    message: /vmlinuz is Linux 6\.1\.0-other, and would look for modules/,
  },
  'no modules.dep': {
    change: remove(`${MODULES}/modules.dep`),
    says: ['L06 error'],
    message: /modules\.dep is missing/,
  },
  'a module that modules.dep does not list': {
    change: add({ [`${MODULES}/kernel/new.ko.xz`]: '' }),
    says: ['L06 error'],
    message: /does not list kernel\/new\.ko\.xz: run depmod/,
  },
  'a module that modules.dep lists and that is gone': {
    change: remove(`${MODULES}/kernel/fs/ext4.ko`),
    says: ['L06 error'],
    message: /lists kernel\/fs\/ext4\.ko, which the tree does not have/,
  },
  'a kernel without fs-verity and file systems': {
    change: add({ [`${MODULES}/config`]: 'CONFIG_EROFS_FS=y\nCONFIG_OVERLAY_FS=y\n' }),
    says: ['L07 error'],
    message: /lacks FS_VERITY and EXT4_FS or BTRFS_FS/,
  },
  'a kernel without EROFS by its modules': {
    change: remove(`${MODULES}/config`),
    says: ['L07 error'],
    message: /lacks EROFS_FS and OVERLAY_FS/,
  },
  'an old kernel': {
    change: (tree) => {
      fs.renameSync(join(tree, MODULES), join(tree, 'usr/lib/modules/6.5.9-old'));
    },
    says: ['L07 error'],
    message: /Linux 6\.5\.9-old cannot check what it reads/,
  },
  'no boot program': {
    change: remove('usr/lib/rootseal/rootseal-setup-root'),
    says: ['L08 error'],
    message: /rootseal-setup-root is missing/,
  },
  'another boot program in the initramfs': {
    change: (tree) => {
      packInitramfs(tree, { init: '\x7fELF of last year' });
    },
    says: ['L08 error'],
    message: /the boot program in the initramfs is another one/,
  },
  'an initramfs without a boot program': {
    change: (tree) => {
      packInitramfs(tree, { init: '#!/bin/sh\n' });
    },
    says: ['L08 error'],
    message: /the initramfs has no boot program/,
  },
  'another policy in the initramfs': {
    change: (tree) => {
      packInitramfs(tree, { [POLICY]: '[verify]\nmode=cmdline\n' });
    },
    says: ['L09 error'],
    message: /do not agree on \/usr\/lib\/rootseal\/setup-root\.conf/,
  },
  'a key in the initramfs that the tree has not': {
    change: (tree) => {
      packInitramfs(tree, { 'etc/rootseal/keys.d/old.pub': 'key' });
    },
    says: ['L09 error'],
    message: /do not agree on \/etc\/rootseal\/keys\.d\/old\.pub/,
  },
  'an initramfs that nobody can unpack': {
    change: add({ [`${MODULES}/initramfs.img`]: 'compressed by a friend' }),
    says: ['L09 warning'],
    message: /cannot be compared with the tree: it is compressed in a way that is not known/,
  },
  'an initramfs that was cut': {
    change: (tree) => {
      const file = join(tree, MODULES, 'initramfs.img');
      fs.truncateSync(file, fs.statSync(file).size - 20);
    },
    says: ['L09 warning'],
    message: /cannot be compared with the tree: damaged or cut gzip stream/,
  },
  'no os-release': {
    change: remove('usr/lib/os-release'),
    says: ['L10 error'],
    message: /os-release is missing/,
  },
  'an os-release without an ID': {
    change: add({ 'usr/lib/os-release': 'NAME=x\n' }),
    says: ['L10 error'],
    message: /has no ID/,
  },
  'an identity': {
    change: add({ 'etc/machine-id': `${'a'.repeat(32)}\n` }),
    says: ['L11 error'],
    message: /machine-id is set/,
  },
  'a host key': {
    change: add({ 'etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAA\n' }),
    says: ['L12 error'],
    message: /ssh_host_ed25519_key\.pub is in the image: all machines would share it/,
  },
  'an initiator name': {
    change: add({ 'etc/iscsi/initiatorname.iscsi': 'InitiatorName=iqn.1993\n' }),
    says: ['L12 error'],
    message: /initiatorname\.iscsi is in the image/,
  },
  'private keys wherever they are': {
    change: add({
      'usr/share/app/tls.txt': `a key:\n${PEM}`,
      'etc/signer': `PRIVATE+KEY+test+4fc20cb4+${'A'.repeat(44)}\n`,
    }),
    says: ['L13 error'],
    message: /^\/etc\/signer and \/usr\/share\/app\/tls\.txt are in the image/,
  },
  'a password for an archive': {
    change: add({ 'etc/apt/auth.conf.d/a.conf': 'machine x login y password z\n' }),
    says: ['L13 error'],
    message: /auth\.conf\.d\/a\.conf is in the image/,
  },
  'a user without a password': {
    change: add({ 'etc/shadow': 'root:*:1::::::\nguest::1::::::\n' }),
    says: ['L14 error'],
    message: /no password for guest: anybody logs in/,
  },
  'a password of root': {
    change: add({ 'etc/shadow': 'root:$y$j9T$abc$def:1::::::\n' }),
    says: ['L14 warning'],
    message: /password for root/,
  },
  'a file of arguments that is none': {
    change: add({ 'usr/lib/rootseal/kargs.d/a.toml': 'kargs = [\n' }),
    says: ['L15 error'],
    message: /^\/usr\/lib\/rootseal\/kargs\.d\/a\.toml: kargs\.d/,
  },
  'an argument of the boot program': {
    change: add({ 'usr/lib/bootc/kargs.d/a.toml': 'kargs = ["root=/dev/sda"]\n' }),
    says: ['L15 error'],
    message: /the deployment says that itself/,
  },
  'an argument that takes the place of the boot program': {
    change: add({ 'usr/lib/rootseal/kargs.d/a.toml': 'kargs = ["quiet", "rdinit=/bin/sh"]\n' }),
    says: ['L15 error'],
    message: /"rdinit=\/bin\/sh" is for the initramfs/,
  },
  'a typing error in the policy': {
    change: packed(add({ [POLICY]: '[verify]\nmode=none\ntreshold=2\n' })),
    says: ['L16 error refused'],
    message: /setup-root\.conf: policy: line 3: unknown key "treshold"/,
  },
  'a policy that is a link that leads nowhere': {
    change: link('etc/rootseal/setup-root.conf', '/nothing'),
    says: ['L16 error refused'],
    message: /\/etc\/rootseal\/setup-root\.conf is a link that leads nowhere/,
  },
  'a policy that is a directory': {
    change: add({ 'etc/rootseal/setup-root.conf/a': '' }),
    says: ['L16 error refused'],
    message: /is not a regular file/,
  },
  'a name that is no text': {
    change: (tree) => {
      fs.mkdirSync(Buffer.from(`${tree}/usr/\xff\x1b[31m`, 'latin1'));
      fs.writeFileSync(Buffer.from(`${tree}/usr/\xff\x1b[31m/file`, 'latin1'), '');
    },
    says: ['L17 warning'],
    message: /^\/usr\/\\xff\\x1b\[31m is not UTF-8/,
  },
  'what is in /var and nothing makes': {
    change: add({ 'var/lib/app/state': 'x', 'usr/lib/tmpfiles.d/a.conf': 'd /var/lib/app\n' }),
    says: ['L18 warning'],
    message: /^\/var\/lib\/app\/state is in \/var, and no line of tmpfiles\.d makes it/,
  },
  'a log': {
    change: add({ 'var/log/dpkg.log': 'x', 'usr/lib/tmpfiles.d/a.conf': 'd /var/log\n' }),
    says: ['L19 warning'],
    message: /dpkg\.log is of the build/,
  },
  'something in /tmp': {
    change: add({ 'tmp/file': '' }),
    says: ['L20 warning'],
    message: /^\/tmp\/file is where/,
  },
  'something in /boot': {
    change: add({ 'boot/notes': '' }),
    says: ['L21 warning'],
    message: /^\/boot\/notes is where the ESP is mounted/,
  },
  'a user and a group that nobody makes': {
    change: add({
      'etc/passwd': 'root:x:0:0::/:/bin/sh\nmade:x:5:5::/:\nlone:x:6:5::/:\n',
      'etc/group': 'root:x:0:\nmade:x:5:\n',
      'usr/lib/sysusers.d/a.conf': 'u! made 5\n',
    }),
    says: ['L22 warning'],
    message: /^lone in \/etc\/passwd is in no line of sysusers\.d/,
  },
  'an empty host name': {
    change: add({ 'etc/hostname': '' }),
    says: ['L23 warning'],
    message: /\/etc\/hostname is empty/,
  },
  'name servers of the builder': {
    change: add({ 'etc/resolv.conf': 'nameserver 192.0.2.1\n' }),
    says: ['L23 warning'],
    message: /names the name servers of the machine that builds/,
  },
  'a file in /home': {
    change: add({ 'home/me/file': '' }),
    says: ['L24 warning'],
    message: /^\/home\/me\/file is where people expect to write/,
  },
  'a system that is out of support': {
    change: add({ 'usr/lib/os-release': 'ID=test\nSUPPORT_END=2020-01-31\n' }),
    says: ['L25 warning'],
    message: /support ended on 2020-01-31/,
  },
  'a fifo': {
    change: (tree) => {
      execFileSync('mkfifo', [join(tree, 'usr/pipe')]);
    },
    says: ['L26 warning'],
    message: /^\/usr\/pipe is outside of \/dev/,
  },
  'a file that everybody may change': {
    change: (tree) => {
      fs.chmodSync(join(tree, 'usr/lib/os-release'), 0o666);
    },
    says: ['L26 warning'],
    message: /os-release is writable by everybody/,
  },
  'a link that leads nowhere': {
    change: all(link('usr/lib/a', '../nothing'), link('usr/lib/b', '/run/later')),
    says: ['L26 warning'],
    message: /^\/usr\/lib\/a is a link that leads nowhere/,
  },
  'a file of tomorrow': {
    change: (tree) => {
      fs.utimesSync(join(tree, 'usr/lib/os-release'), TIME + 1, TIME + 1);
    },
    says: ['L29 warning'],
    message: /os-release is changed after/,
  },
  'a back-up copy': {
    change: add({ 'etc/passwd-': 'root\n', 'etc/app/conf.dpkg-old': 'x' }),
    says: ['L30 warning'],
    message: /\/etc\/app\/conf\.dpkg-old and \/etc\/passwd- are left by a tool/,
  },
  'compiled Python with times': {
    change: add({
      'usr/lib/p/a.pyc': Buffer.alloc(40),
      'usr/lib/p/b.pyc': Buffer.concat([Buffer.from('cb0d0d0a01000000', 'hex'), Buffer.alloc(40)]),
    }),
    says: ['L30 warning'],
    message: /^\/usr\/lib\/p\/a\.pyc is compiled with the time/,
  },
  'a package that is half installed': {
    change: all(
      add({
        'usr/lib/sysimage/dpkg/status': [
          'good installed',
          'gone config-files',
          'half half-configured',
        ]
          .map((one) => one.split(' '))
          .map(
            ([name, state]) =>
              `Package: ${name}\nStatus: install ok ${state}\nArchitecture: all\nVersion: 1\n`,
          )
          .join('\n'),
        'usr/lib/tmpfiles.d/a.conf': 'L /var/lib/dpkg - - - - ../../usr/lib/sysimage/dpkg\n',
      }),
      link('var/lib/dpkg', '../../usr/lib/sysimage/dpkg'),
    ),
    says: ['L31 warning'],
    message: /the package half is not installed to the end/,
  },
  'a list of packages that is none': {
    change: add({
      'var/lib/dpkg/status': 'nonsense\n',
      'usr/lib/tmpfiles.d/a.conf': 'f /var/lib/dpkg/status\n',
    }),
    says: ['L31 warning'],
    message: /says nothing of packages: /,
  },
  'a system of packages without their list': {
    change: add({ 'usr/lib/os-release': 'ID=mine\nID_LIKE="ubuntu debian"\n' }),
    says: ['L31 warning'],
    message: /dpkg\/status is missing/,
  },
  'a root and a /var that are mounted twice': {
    change: add({ 'etc/fstab': '# x\nUUID=1 / ext4\nUUID=2 /var ext4\nUUID=3 /srv ext4\n' }),
    says: ['L33 warning'],
    message: /mounts \/ and \/var, which are/,
  },
  'a kernel that is too large for an ESP': {
    change: (tree) => {
      fs.truncateSync(join(tree, MODULES, 'vmlinuz'), 171 << 20);
    },
    says: ['L35 warning'],
    message: /kernel and initramfs have \d+ bytes: an ESP of 536870912 bytes does not hold 3/,
  },
  'a stub that is not to be signed': {
    change: add({
      'usr/lib/systemd/boot/efi/linuxx64.efi.stub': makeStub({ version: '262.1-1' }),
    }),
    says: ['L37 error'],
    message: /linuxx64\.efi\.stub: the stub is systemd-stub 262\.1-1: from 261 on/,
  },
  'a directory of keys that is a link that leads nowhere': {
    change: link('usr/lib/rootseal/keys.d', '/run/nothing'),
    says: ['L42 error refused'],
    message: /keys\.d is not a directory/,
  },
  'a key that cannot be read': {
    change: packed(add({ 'usr/lib/rootseal/keys.d/a.pub': 'nonsense\n' })),
    says: ['L42 error refused'],
    message: /a\.pub/,
  },
  'no key': {
    change: packed(add({ [POLICY]: SEALED })),
    says: ['L43 error refused'],
    message: /holds no key/,
  },
  'no place for the ESP where upgrades need it': {
    change: all(add(UPGRADES), remove('efi'), remove('boot')),
    says: ['L47 error refused'],
    message: /\/efi is missing/,
  },
  'no init': {
    change: remove('usr/sbin/init'),
    says: ['L48 error refused'],
    message: /\/sbin\/init is missing/,
  },
  'an init that leads nowhere': {
    change: all(remove('usr/sbin/init'), link('usr/sbin/init', '/run/nothing')),
    says: ['L48 error refused'],
    message: /\/sbin\/init is missing/,
  },
  'an init that cannot be executed': {
    change: (tree) => {
      fs.chmodSync(join(tree, 'usr/sbin/init'), 0o644);
    },
    says: ['L48 error refused'],
    message: /cannot be executed/,
  },
};

/** A kernel for x86 that says its version, as Linux Documentation/arch/x86/boot.rst has it. */
function bootProtocolKernel(version: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(0x400, 0x20e);
  bytes.write(`${version}\0`, 0x600, 'latin1');
  return bytes;
}

for (const [name, { change, says, message }] of Object.entries(CASES))
  test(`lint finds ${name}, in a directory and in its commit alike`, async (t) => {
    const workshop = new Workshop(t);
    const tree = workshop.tree((made) => {
      change(made);
      // Those that are about times, or about names that Node's own functions do not find again.
      if (!/^L(?:17|29)/.test(says.join())) fixTimes(made);
    });
    const findings = await lintDirectory(tree, REQUEST);
    assert.deepEqual(told(findings), says, JSON.stringify(findings));
    assert.match(findings[0]?.message ?? '', message);
    assert.deepEqual(await workshop.lint(await workshop.commit(tree)), findings);
    const id = findings[0]?.id ?? '';
    assert.deepEqual(await lintDirectory(tree, { ...REQUEST, skip: new Set([id]) }), []);
  });

test('lint finds nothing in a good tree, and nothing in its commit and the one after it', async (t) => {
  const workshop = new Workshop(t);
  const tree = workshop.tree();
  assert.deepEqual(await lintDirectory(tree, REQUEST), []);
  assert.deepEqual(await workshop.lint(await workshop.commit(tree)), []);
  addFiles(tree, { 'usr/share/more': 'more' });
  fixTimes(tree);
  assert.deepEqual(await workshop.lint(await workshop.commit(tree)), []);
});

test('what is right only looks wrong: keys that are public, bytecode without times, links to what comes later', async (t) => {
  const workshop = new Workshop(t);
  const tree = workshop.tree((made) => {
    addFiles(made, {
      'etc/machine-id': 'uninitialized\n',
      'etc/hostname': 'host\n',
      'etc/fstab': '# / is not mounted\nUUID=1 /data ext4 defaults 0 2\n',
      'etc/iscsi/initiatorname.iscsi': 'GenerateName=yes\n',
      'etc/shadow': 'root:*:1::::::\nlocked:!$y$j9T$abc$def:1::::::\n',
      'usr/share/doc/tls': 'begins with\n-----BEGIN PRIVATE KEY-----\nand so on\n',
      'usr/lib/os-release': 'ID=test\nSUPPORT_END=2099-01-01\n',
      'usr/lib/rootseal/kargs.d/a.toml': 'kargs = ["rootwait", "composefsish=1", "random=x"]\n',
      'usr/lib/tmpfiles.d/a.conf':
        '# x\nC+! /var/lib/app - - - - /usr/share/app\nd "/var/lib/with space" -\n',
      'var/lib/app/deep/file': 'x',
    });
    fs.mkdirSync(join(made, 'var/lib/with space'));
    fs.chmodSync(join(made, 'tmp'), 0o1777);
    fixTimes(made);
  });
  assert.deepEqual(await lintDirectory(tree, REQUEST), []);
});

/** A commit, with a change, after a good one. */
async function second(
  t: TestContext,
  change: (tree: string) => void,
  wishes: { sequence?: number } = {},
): Promise<{ workshop: Workshop; first: string; id: string; tree: string }> {
  const workshop = new Workshop(t);
  const first = await workshop.commit(workshop.tree(), { sequence: 7 });
  const tree = workshop.tree(change);
  fixTimes(tree);
  return { workshop, first, tree, id: await workshop.commit(tree, { sequence: 8, ...wishes }) };
}

test('a file that gives a privilege is found against the last release, and one that always did is not', async (t) => {
  const makeSetuid = (tree: string): void => {
    addFiles(tree, { 'usr/bin/su': 'program' });
    fs.chmodSync(join(tree, 'usr/bin/su'), 0o4755);
  };
  const { workshop, first, tree, id } = await second(t, makeSetuid);
  const findings = await workshop.lint(id);
  assert.deepEqual(told(findings), ['L27 warning']);
  assert.match(findings[0]?.message ?? '', /^\/usr\/bin\/su \(setuid\) gives a privilege/);
  const last = namedRelease(workshop.repository, first, undefined);
  assert.deepEqual(await lintDirectory(tree, { ...REQUEST, last }), findings);
  const third = await workshop.commit(tree, { sequence: 9 });
  assert.deepEqual(await workshop.lint(third), []);
  const named = namedRelease(workshop.repository, first, undefined);
  assert.deepEqual(told(await workshop.lint(third, { last: named })), ['L27 warning']);
});

test('an image that has grown by more than a fifth is found', async (t) => {
  const { workshop, id } = await second(t, add({ 'usr/share/large': 'x'.repeat(20_000) }));
  const findings = await workshop.lint(id);
  assert.deepEqual(told(findings), ['L35 warning']);
  assert.match(findings[0]?.message ?? '', /^it has \d+ bytes of content, \d{3} % of/);
});

test('a sequence that is not above that of the last release is found', async (t) => {
  const { workshop, first, tree } = await second(t, () => undefined);
  const last = namedRelease(workshop.repository, first, undefined);
  const repository = await openRepository(workshop.repository.path);
  const { id } = await repository.commit({
    source: { kind: 'directory', path: tree },
    ...{ branch: 'other', name: 'test', time: new Date(TIME * 1000), sequence: 7 },
  });
  const findings = await workshop.lint(id, { last });
  assert.deepEqual(told(findings), ['L41 error']);
  assert.match(findings[0]?.message ?? '', /its sequence is 7, and that of the last release 7/);
});

test('the last release is the last sealed one, over commits that nobody released', async (t) => {
  const workshop = new Workshop(t);
  const key = await generateSignerKey('test.example.org');
  const setuid = (tree: string): void => {
    addFiles(tree, { 'usr/bin/su': 'program' });
    fs.chmodSync(join(tree, 'usr/bin/su'), 0o4755);
    fixTimes(tree);
  };
  await workshop.commit(workshop.tree(), { signers: [key] });
  await workshop.commit(workshop.tree(setuid));
  const third = await workshop.commit(workshop.tree(setuid));
  assert.deepEqual(told(await workshop.lint(third)), ['L27 warning']);
});

test('seals: none, of another name, and by fewer keys than are wanted', async (t) => {
  const key = await generateSignerKey('test.example.org');
  const policy = (text: string) =>
    packed(add({ [POLICY]: text, 'usr/lib/rootseal/keys.d/a.pub': `${key.verifier.text}\n` }));
  const cases = [
    [SEALED, [], 'L44 error refused', /the commit has no seal/],
    [SEALED.replace('test', 'mine'), [key], 'L45 error refused', /the commit is named test/],
    [`${SEALED}min-sequence=99\n`, [key], 'L46 error refused', /the policy refuses the seal/],
  ] as const;
  for (const [text, signers, says, message] of cases) {
    const workshop = new Workshop(t);
    const tree = workshop.tree(policy(text));
    fixTimes(tree);
    const id = await workshop.commit(tree, { signers });
    const findings = await workshop.lint(id);
    assert.deepEqual(told(findings), [says], JSON.stringify(findings));
    assert.match(findings[0]?.message ?? '', message);
    const { repository } = workshop;
    const atStart = await lintRevision(repository, await readRevision(repository, id));
    assert.deepEqual(atStart, findings);
  }
});

/** What the rules say of a commit with this unified kernel image. */
async function withUki(t: TestContext, make: (initrd: Buffer) => Buffer): Promise<LintFinding[]> {
  const workshop = new Workshop(t);
  const id = await workshop.commit(workshop.tree());
  const initrd = encodeCpio([
    {
      kind: 'file',
      path: ascii('usr/lib/systemd/systemd'),
      mode: 0o755,
      content: Buffer.from('x'),
    },
  ]);
  const bytes = make(initrd);
  const { repository } = workshop;
  writeUki(repository, (await readRevision(repository, id)).id, bytes);
  return workshop.lint(id);
}

const UKI = {
  stub: makeStub(),
  osrel: Buffer.from('ID=test\n'),
  cmdline: `composefs.digest=v1-sha256-12:${'ab'.repeat(32)} rw systemd.import_credentials=no`,
  uname: RELEASE,
  linux: makeKernel(),
};

test('a unified kernel image with a good stub and an unsigned kernel is one that nothing is wrong with', async (t) => {
  assert.deepEqual(await withUki(t, (initrd) => encodeUki({ ...UKI, initrd })), []);
});

test('a unified kernel image with a stub that is not to be signed, or that is none, is found', async (t) => {
  const replaced = await withUki(t, (initrd) =>
    Buffer.from(
      encodeUki({ ...UKI, initrd })
        .toString('latin1')
        .replace('systemd-stub 257', 'systemd-stub 261'),
      'latin1',
    ),
  );
  assert.deepEqual(told(replaced), ['L37 error']);
  assert.match(
    replaced[0]?.message ?? '',
    /the unified kernel image: the stub is systemd-stub 261/,
  );
  const damaged = await withUki(t, () => Buffer.from('MZ and nothing'));
  assert.deepEqual(told(damaged), ['L37 error']);
});

test('a kernel that is signed by the certificate of its unified kernel image is found', async (t) => {
  const db = makeTestKey('db');
  const signed = (bytes: Buffer): Buffer =>
    attachSignature(bytes, db.certificate, db.sign(signRequest(bytes)));
  const findings = await withUki(t, (initrd) =>
    signed(encodeUki({ ...UKI, linux: signed(makeKernel()), initrd })),
  );
  assert.deepEqual(told(findings), ['L38 error']);
  assert.match(findings[0]?.message ?? '', /the kernel inside is itself signed by/);
});

test('an initramfs with systemd that takes credentials is found where a unified kernel image has it', async (t) => {
  const workshop = new Workshop(t);
  const tree = workshop.tree((made) => {
    packInitramfs(made, { 'usr/lib/systemd/systemd': 'x' });
    fixTimes(made);
  });
  const id = await workshop.commit(tree);
  assert.deepEqual(await workshop.lint(id), []);
  const { repository } = workshop;
  const cmdline = UKI.cmdline.replace(' systemd.import_credentials=no', '');
  const initrd = gzipSync(encodeCpio([]));
  writeUki(
    repository,
    (await readRevision(repository, id)).id,
    encodeUki({ ...UKI, cmdline, initrd }),
  );
  const findings = await workshop.lint(id);
  assert.deepEqual(told(findings), ['L39 warning']);
  assert.match(findings[0]?.message ?? '', /takes credentials from the firmware/);
});

test('a machine refuses for what it would not start, and only for that', async (t) => {
  const workshop = new Workshop(t);
  const tree = workshop.tree((made) => {
    addFiles(made, { 'etc/machine-id': 'x\n', 'usr/etc/x': '', 'tmp/x': '', 'home/x': PEM });
    fs.rmdirSync(join(made, 'sysroot'));
  });
  const id = await workshop.commit(tree);
  const { repository } = workshop;
  const findings = await lintRevision(repository, await readRevision(repository, id));
  assert.deepEqual(told(findings), ['L04 error refused', 'L11 warning']);
});

test('every rule has a tree or a commit here that breaks only it', () => {
  const text = fs.readFileSync(new URL(import.meta.url), 'utf8');
  const ids = LINT_RULES.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => !text.includes(`'${id} `)),
    [],
  );
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(new Set(LINT_RULES.map(({ name }) => name)).size, ids.length);
});

test('a tree of hostile files is looked at with bounds', async (t) => {
  const workshop = new Workshop(t);
  const huge = 2 ** 40;
  const tree = workshop.tree((made) => {
    addFiles(made, {
      'usr/lib/tmpfiles.d/a.conf': '',
      'etc/passwd': '',
      'etc/fstab': '',
      'etc/hostname': 'x',
      'usr/share/key.pem': PEM,
    });
    for (const name of [
      'usr/lib/tmpfiles.d/a.conf',
      'etc/passwd',
      'etc/fstab',
      'usr/share/key.pem',
    ])
      fs.truncateSync(join(made, name), huge);
    fixTimes(made);
  });
  assert.deepEqual(await lintDirectory(tree, REQUEST), []);
});
