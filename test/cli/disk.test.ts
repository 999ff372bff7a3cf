/** `rootseal disk build` as it is called. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, sign } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { parseDeployment } from '../../src/formats/deployment/deployment.js';
import { parseRecord } from '../../src/formats/deployment/record.js';
import { describe, test, type TestContext } from 'node:test';
import { peHash } from '../../src/formats/authenticode/pe-hash.js';
import { attachSignature, signRequest } from '../../src/formats/authenticode/sign-pe.js';
import { verifySignature } from '../../src/formats/authenticode/verify-pe.js';
import { readRsaKey } from '../../src/release/secure-boot/certificate-files.js';
import { generateKeys, readKeyCertificate } from '../../src/release/secure-boot/key-directory.js';
import { makePe } from '../helpers/pe-file.js';
import {
  bootableTree,
  buildDisk,
  commitTree,
  debugfs,
  deploymentOf,
  elfProgram,
  readEsp,
  RELEASE,
  rootFileSystem,
  type DiskDocument,
} from '../helpers/disk.js';
import { templateRepository } from '../helpers/repository.js';
import { errorDocument } from '../helpers/documents.js';

const BOOT = 'usr/lib/systemd/boot/efi/systemd-bootx64.efi';

const withDisk = templateRepository((repository) => {
  const tree = bootableTree(repository, { 'usr/big': 'x'.repeat(300_000) });
  commitTree(repository, tree);
  return { repository };
});

/** A commit of a tree that `change` has changed, on the branch `other`. */
function commitChanged(
  repository: Parameters<typeof commitTree>[0],
  change: (tree: string) => void,
): void {
  const tree = bootableTree(repository);
  change(tree);
  commitTree(repository, tree, 'other');
}

interface SfdiskDocument {
  readonly partitiontable: {
    readonly label: string;
    readonly partitions: readonly { type: string; uuid: string; name: string; start: number }[];
  };
}

test('the disk has an ESP and a root partition of the types that are looked for', (t) => {
  const { repository } = withDisk(t);
  const disk = buildDisk(repository, 'main');
  const output = execFileSync('/usr/sbin/sfdisk', ['-J', disk.file]).toString();
  const { label, partitions } = (JSON.parse(output) as SfdiskDocument).partitiontable;
  assert.equal(label, 'gpt');
  assert.deepEqual(
    partitions.map(({ type, uuid, name }) => [name, type, uuid.toLowerCase()]),
    [
      ['esp', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', disk.partitions[0]?.uuid],
      ['root', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', disk.partitions[1]?.uuid],
    ],
  );
  assert.equal(fs.statSync(disk.file).size, disk.size);
  assert.equal(fs.statSync(disk.file).mode & 0o777, 0o600);
});

test('the boot entry names image, root partition and the arguments that were given', (t) => {
  const { repository } = withDisk(t);
  const args = ['--karg-append', 'console=ttyS0', '--karg-append', 'a="b c"', '--tries', '3'];
  const disk = buildDisk(repository, 'main', { args });
  assert.equal(disk.entry, 'rootseal-main-1+3.conf');
  const entry = readEsp(disk, `loader/entries/${disk.entry}`).toString();
  const { image } = repository.json(['show', 'main']) as { image: string };
  assert.match(entry, /^title Test system \(/);
  assert.equal(
    /^options (.*)$/m.exec(entry)?.[1],
    `composefs.digest=${image} root=PARTUUID=${disk.partitions[1]?.uuid ?? ''} rw console=ttyS0 a="b c"`,
  );
  assert.equal(disk.commandLine, /^options (.*)$/m.exec(entry)?.[1]);
});

test('kernel, initramfs and loader are those of the tree', (t) => {
  const { repository } = withDisk(t);
  const disk = buildDisk(repository, 'main');
  const read = (path: string) => repository.call(['cat', 'main', path]).bytes;
  const kernel = read(`/usr/lib/modules/${RELEASE}/vmlinuz`);
  const initrd = read(`/usr/lib/modules/${RELEASE}/initramfs.img`);
  const sum = createHash('sha256');
  for (const file of [kernel, initrd]) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(file.length));
    sum.update(size).update(file);
  }
  const hash = sum.digest('hex').slice(0, 32);
  assert.equal(disk.kernel.hash, hash);
  assert.deepEqual(readEsp(disk, `rootseal/${hash}/vmlinuz`), kernel);
  assert.deepEqual(readEsp(disk, `rootseal/${hash}/initrd`), initrd);
  assert.deepEqual(readEsp(disk, 'EFI/BOOT/BOOTX64.EFI'), read(`/${BOOT}`));
  assert.deepEqual(readEsp(disk, 'EFI/systemd/systemd-bootx64.efi'), read(`/${BOOT}`));
  assert.equal(
    readEsp(disk, 'loader/loader.conf').toString(),
    'timeout 0\neditor no\ndefault rootseal-*\n',
  );
});

test('two builds give the same bytes', (t) => {
  const { repository } = withDisk(t);
  const first = buildDisk(repository, 'main');
  const out = join(repository.scratch, 'again.img');
  const second = buildDisk(repository, 'main', { out, env: { TZ: 'Asia/Tokyo' } });
  execFileSync('cmp', [first.file, second.file]);
});

test('the repository on the disk is one that fsck finds nothing in', (t) => {
  const { repository } = withDisk(t);
  const disk = buildDisk(repository, 'main');
  const copy = join(repository.scratch, 'copy');
  fs.mkdirSync(copy);
  debugfs(disk, `rdump /composefs ${copy}`);
  const checked = repository.call(['--repo', join(copy, 'composefs'), 'fsck']);
  assert.equal(checked.status, 0, checked.stdout);
  const resolve = ['--repo', join(copy, 'composefs'), 'rev-parse', 'main'];
  assert.equal(repository.expect(resolve), disk.commit);
});

test('the deployment has a record, and the seal when there is one', (t) => {
  const { repository } = withDisk(t);
  const key = join(repository.scratch, 'key');
  repository.expect(['key', 'generate', 'test', '--output', key]);
  assert.equal(buildDisk(repository, 'main').sealed, false);
  repository.expect(['seal', 'main', '--key', key]);
  const disk = buildDisk(repository, 'main');
  assert.equal(disk.sealed, true);
  const place = deploymentOf(disk);
  assert.equal(
    debugfs(disk, `cat ${place}/seal`),
    fs.readFileSync(repository.file(`seals/${disk.commit}`), 'utf8'),
  );
  const deployment = parseDeployment(Buffer.from(debugfs(disk, `cat ${place}/deployment.json`)));
  const { id, serial, commit, image, kernel, tries } = deployment;
  assert.deepEqual(
    { id, serial, commit, image, kernel, tries },
    {
      id: place.slice(place.lastIndexOf('/') + 1),
      serial: 1,
      commit: disk.commit,
      image: disk.image,
      kernel: { ...disk.kernel, sizes: sizesOnEsp(disk) },
      tries: 3,
    },
  );
  assert.equal(deployment.arguments.map(({ value }) => value).join(' '), disk.commandLine);
  const record = parseRecord(Buffer.from(debugfs(disk, 'cat /state/deployments.json')));
  assert.equal(record.default, id);
  assert.deepEqual(record.deployments, [deployment]);
});

function sizesOnEsp(disk: DiskDocument): { vmlinuz: number; initrd: number } {
  const size = (name: string) => readEsp(disk, `rootseal/${disk.kernel.hash}/${name}`).length;
  return { vmlinuz: size('vmlinuz'), initrd: size('initrd') };
}

test('a kernel in /boot is found when there is none below /usr/lib/modules', (t) => {
  const { repository } = withDisk(t);
  commitChanged(repository, (tree) => {
    const modules = join(tree, 'usr/lib/modules', RELEASE);
    fs.mkdirSync(join(tree, 'boot'));
    fs.renameSync(join(modules, 'vmlinuz'), join(tree, `boot/vmlinuz-${RELEASE}`));
    fs.renameSync(join(modules, 'initramfs.img'), join(tree, `boot/initrd.img-${RELEASE}`));
  });
  assert.equal(buildDisk(repository, 'other').kernel.release, RELEASE);
});

const INCOMPLETE: readonly (readonly [
  what: string,
  status: number,
  message: RegExp,
  change: (tree: string) => void,
])[] = [
  [
    'a kernel',
    10,
    /the tree has no kernel\n/,
    (tree) => {
      fs.rmSync(join(tree, `usr/lib/modules/${RELEASE}/vmlinuz`));
    },
  ],
  [
    'an initramfs',
    10,
    /the tree has no initramfs for kernel 6\.12\.0-test\n/,
    (tree) => {
      fs.rmSync(join(tree, `usr/lib/modules/${RELEASE}/initramfs.img`));
    },
  ],
  [
    'a boot loader',
    10,
    /no boot loader: .*systemd-bootx64\.efi is missing\nhint: install the package systemd-boot-efi/,
    (tree) => {
      fs.rmSync(join(tree, BOOT));
    },
  ],
  [
    'the boot loader of its machine',
    10,
    /systemd-bootaa64\.efi is missing/,
    (tree) => {
      fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(183));
    },
  ],
  [
    'anything that tells its machine',
    14,
    /does not say what machine/,
    (tree) => {
      fs.rmSync(join(tree, 'sbin/init'));
      fs.rmSync(join(tree, BOOT));
    },
  ],
];

for (const [what, status, message, change] of INCOMPLETE) {
  test(`a tree without ${what} makes no disk`, (t) => {
    const { repository } = withDisk(t);
    commitChanged(repository, change);
    const out = join(repository.scratch, 'disk.img');
    const result = repository.call(['disk', 'build', 'other', '--output', out]);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.deepEqual(leftBeside(out), []);
  });
}

function leftBeside(out: string): string[] {
  return fs.readdirSync(join(out, '..')).filter((name) => name.includes('disk'));
}

test('the boot loader can be left out', (t) => {
  const { repository } = withDisk(t);
  commitChanged(repository, (tree) => {
    fs.rmSync(join(tree, BOOT));
  });
  const disk = buildDisk(repository, 'other', { args: ['--no-boot-loader'] });
  assert.throws(() => readEsp(disk, 'loader/loader.conf'));
  assert.match(readEsp(disk, `loader/entries/${disk.entry}`).toString(), /^linux \/rootseal\//m);
});

describe('--secure-boot-keys', () => {
  const TIME = Date.parse('2026-11-30T00:00:00Z') / 1000;
  const LOADER = makePe({ sections: [{ name: '.sdmagic' }] });
  const setUp = (t: TestContext) => {
    const { repository } = withDisk(t);
    commitChanged(repository, (tree) => {
      fs.writeFileSync(join(tree, BOOT), LOADER);
    });
    const keys = join(repository.scratch, 'keys');
    generateKeys(keys, {
      name: 'test',
      notBefore: TIME,
      notAfter: TIME + 1,
      passphrase: undefined,
    });
    return { repository, keys, db: readKeyCertificate(keys, 'db') };
  };

  test('the boot loader is signed by db, and has what it enrols the keys with', (t) => {
    const { repository, keys, db } = setUp(t);
    repository.expect(['secure-boot', 'enroll-files', keys]);
    const disk = buildDisk(repository, 'other', { args: ['--secure-boot-keys', keys] });
    const read = (name: string) => readEsp(disk, name);
    const loader = read('EFI/BOOT/BOOTX64.EFI');
    assert.equal(verifySignature(loader, [db])?.commonName, 'test db');
    assert.deepEqual(peHash(loader), peHash(LOADER));
    assert.deepEqual(read('EFI/systemd/systemd-bootx64.efi'), loader);
    assert.match(read('loader/loader.conf').toString(), /^secure-boot-enroll if-safe$/m);
    for (const name of ['PK', 'KEK', 'db'])
      assert.deepEqual(
        read(`loader/keys/auto/${name}.auth`),
        fs.readFileSync(join(keys, `${name}.auth`)),
      );
  });

  test('a boot loader that db has signed needs no key', (t) => {
    const { repository, keys, db } = setUp(t);
    repository.expect(['secure-boot', 'enroll-files', keys]);
    const key = readRsaKey(join(keys, 'db.key'), db, undefined);
    const signed = attachSignature(LOADER, db, sign('sha256', signRequest(LOADER), key));
    commitChanged(repository, (tree) => {
      fs.writeFileSync(join(tree, BOOT), LOADER);
      fs.writeFileSync(join(tree, `${BOOT}.signed`), signed);
    });
    fs.rmSync(join(keys, 'db.key'));
    const disk = buildDisk(repository, 'other', { args: ['--secure-boot-keys', keys] });
    assert.deepEqual(readEsp(disk, 'EFI/BOOT/BOOTX64.EFI'), signed);
  });

  test('without a key, without files to enrol or with those of other keys no disk is made', (t) => {
    const { repository, keys } = setUp(t);
    const file = join(repository.scratch, 'refused.img');
    const refused = (status: number, pattern: RegExp) => {
      const words = ['disk', 'build', 'other', '-o', file, '--secure-boot-keys', keys];
      const { status: found, stderr } = repository.call(words);
      assert.equal(found, status, stderr);
      assert.match(stderr, pattern);
      assert.ok(!fs.existsSync(file));
    };
    refused(10, /PK\.auth: no such file\n.*secure-boot enroll-files/);
    repository.expect(['secure-boot', 'enroll-files', keys]);
    fs.copyFileSync(join(keys, 'KEK.auth'), join(keys, 'db.auth'));
    refused(1, /db\.auth does not enrol the certificate db\.crt/);
    fs.rmSync(join(keys, 'db.key'));
    refused(10, /db\.key: no such file/);
  });
});

test('of several kernels one must be chosen', (t) => {
  const { repository } = withDisk(t);
  commitChanged(repository, (tree) => {
    fs.mkdirSync(join(tree, 'boot'));
    for (const name of ['vmlinuz-6.1', 'initrd.img-6.1'])
      fs.writeFileSync(join(tree, 'boot', name), name.repeat(100));
  });
  const out = join(repository.scratch, 'disk.img');
  const result = repository.call(['disk', 'build', 'other', '--output', out]);
  assert.equal(result.status, 2);
  assert.match(
    result.stderr,
    /2 kernels: 6\.1, 6\.12\.0-test\nhint: an image for hosts has one kernel/,
  );
  const disk = buildDisk(repository, 'other', { args: ['--kernel', '6.1'] });
  assert.equal(disk.kernel.release, '6.1');
  const none = repository.call(['disk', 'build', 'other', '--output', out, '--kernel', '7']);
  assert.equal(none.status, 10);
});

test('a size that is too small says which one is enough, and a disk of that size is made', (t) => {
  const { repository } = withDisk(t);
  const out = join(repository.scratch, 'disk.img');
  const build = ['disk', 'build', 'main', '--output', out, '--esp-size', '34M'];
  const result = repository.call([...build, '--size', '36M', '--json']);
  assert.equal(result.status, 16);
  assert.deepEqual(leftBeside(out), []);
  const needed = Number(errorDocument(result.stderr).details['needed']);
  const disk = buildDisk(repository, 'main', { args: ['--size', String(needed)] });
  assert.equal(disk.size, needed);
  execFileSync('/usr/sbin/e2fsck', ['-fn', rootFileSystem(disk)], { stdio: 'pipe' });
});

for (const [args, message] of [
  [['--karg-append', 'root=/dev/sda'], /--karg-append "root=\/dev\/sda"/],
  [['--karg-append', 'composefs.digest=v1-sha256-12:00'], /--karg/],
  [['--karg-append', 'rootseal.state=x'], /--karg/],
  [['--tries', '1000000'], /tries/],
  [['--karg-append', 'a b'], /is not one kernel argument/],
  [['--size', 'x'], /--size: "x" is not a size/],
] as const) {
  test(`${args.join(' ')} is refused`, (t) => {
    const { repository } = withDisk(t);
    const out = join(repository.scratch, 'disk.img');
    const result = repository.call(['disk', 'build', 'main', '--output', out, ...args]);
    assert.ok([2, 17].includes(result.status ?? -1), result.stderr);
    assert.match(result.stderr, message);
    assert.deepEqual(leftBeside(out), []);
  });
}

test('a command line that no kernel takes whole makes no disk', (t) => {
  const { repository } = withDisk(t);
  const out = join(repository.scratch, 'disk.img');
  const many = Array.from({ length: 20 }, (_, index) => [
    '--karg-append',
    `k${index}=${'z'.repeat(90)}`,
  ]);
  for (const words of [['--karg-append', `x=${'z'.repeat(5000)}`], many.flat()]) {
    const result = repository.call(['disk', 'build', 'main', '--output', out, ...words]);
    assert.equal(result.status, 2, result.stderr);
    assert.match(result.stderr, /kernels take (?:command lines of )?2047/);
    assert.deepEqual(leftBeside(out), []);
  }
});

test('only a regular file is replaced', (t) => {
  const { repository } = withDisk(t);
  const out = join(repository.scratch, 'disk.img');
  fs.mkdirSync(out);
  const result = repository.call(['disk', 'build', 'main', '--output', out]);
  assert.equal(result.status, 2);
  assert.match(result.stderr, /disk\.img is not a regular file/);
});

test('a damaged object makes no disk and is named', (t) => {
  const { repository } = withDisk(t);
  const digest = repository.digestOf('main', '/usr/big');
  repository.damage(repository.objectFile(digest));
  const out = join(repository.scratch, 'disk.img');
  const result = repository.call(['disk', 'build', 'main', '--output', out]);
  assert.equal(result.status, 17);
  assert.ok(result.stderr.includes(digest), result.stderr);
  assert.deepEqual(leftBeside(out), []);
});
