/** Unified kernel images of commits: made, looked at, compared with their commit, pulled with it. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { prepareImage } from '../../src/deploy/install/installable.js';
import { encodeCpio } from '../../src/formats/cpio.js';
import { addSections } from '../../src/formats/pe/add-sections.js';
import { printPem } from '../../src/formats/pem.js';
import { decodeTrustManifest } from '../../src/formats/seal/trust-manifest.js';
import { parseUki } from '../../src/formats/uki/parse-uki.js';
import { encodePcrSignatures } from '../../src/formats/uki/pcr-signature.js';
import { Repository } from '../../src/repo/repository.js';
import { fromText } from '../../src/util/bytes.js';
import { startRootseal } from '../helpers/cli-async.js';
import { bootableTree, commitTree, elfProgram, RELEASE } from '../helpers/disk.js';
import { makeKernel, makeStub } from '../helpers/pe-file.js';
import { templateRepository, type TestRepository } from '../helpers/repository.js';
import { requireDocument } from '../helpers/schema.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { makeTestKey } from '../helpers/secure-boot-keys.js';
import { StaticServer } from '../helpers/static-server.js';

const STUB = 'usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const KERNEL = `usr/lib/modules/${RELEASE}/vmlinuz`;
const INITRAMFS = `usr/lib/modules/${RELEASE}/initramfs.img`;
const KARGS = { 'usr/lib/rootseal/kargs.d/10-x.toml': 'kargs = ["quiet", "console=ttyS0"]\n' };
const owner = makeTestKey('owner');
const stranger = makeTestKey('stranger');

interface Release {
  readonly repository: TestRepository;
  readonly commit: string;
}

function commitBootable(repository: TestRepository, change: (tree: string) => void): string {
  const tree = bootableTree(repository, KARGS);
  fs.writeFileSync(join(tree, KERNEL), makeKernel());
  fs.writeFileSync(join(tree, STUB), makeStub());
  change(tree);
  return commitTree(repository, tree);
}

const release = templateRepository((repository): Release => {
  const commit = commitBootable(repository, () => undefined);
  repository.expect(['uki', 'build', 'main']);
  return { repository, commit };
});

interface Document {
  readonly commandLine: string;
  readonly sha256: string;
  readonly authenticode: string;
  readonly signatures: readonly string[];
  readonly hasPcrSignatures: boolean;
  readonly pcr11: readonly { phase: string; value: string }[];
  readonly request: string | null;
}
interface Verdict {
  readonly ok: boolean;
  readonly followsFromCommit: boolean | null;
  readonly signedBy: string | null;
  readonly findings: readonly { what: string; message: string }[];
}

function verdictOf(repository: TestRepository, args: readonly string[], status = 0): Verdict {
  const { stdout, status: found, stderr } = repository.call(['uki', 'verify', ...args, '--json']);
  assert.equal(found, status, stderr);
  requireDocument('uki-verify', stdout);
  return JSON.parse(stdout) as Verdict;
}

function ukiFile(repository: TestRepository, commit: string): string {
  return repository.file(`ukis/${commit}`);
}

/** Certificate and key of somebody, in files. */
function keyFiles(folder: string, key = owner): { cert: string; key: string } {
  const cert = join(folder, 'db.crt');
  fs.writeFileSync(cert, printPem('CERTIFICATE', key.certificate.der));
  const file = join(folder, 'db.key');
  fs.writeFileSync(file, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { cert, key: file };
}

test('the image of a commit has its kernel, initramfs, command line and trust manifest', (t) => {
  const { repository, commit } = release(t);
  const bytes = fs.readFileSync(ukiFile(repository, commit));
  assert.equal(fs.statSync(ukiFile(repository, commit)).mode & 0o7777, 0o644);
  const { sections, commandLine, release: kernel } = parseUki(bytes);
  const { image } = repository.json(['show', 'main']) as { image: string };
  assert.equal(commandLine, `composefs.digest=${image} quiet console=ttyS0`);
  assert.equal(kernel, RELEASE);
  assert.deepEqual(sections.get('.linux'), makeKernel());
  const initrd = sections.get('.initrd') ?? assert.fail();
  const own = Buffer.from('initramfs '.repeat(1000));
  assert.deepEqual(initrd.subarray(0, own.length), own);
  const start = initrd.indexOf('rootseal trust manifest v1');
  const end = initrd.indexOf('end\n', start) + 4;
  assert.equal(decodeTrustManifest(initrd.subarray(start, end)).commandLine, commandLine);
  assert.equal(verdictOf(repository, ['main']).followsFromCommit, true);
});

test('the same commit gives the same image, in a file and in the repository', (t) => {
  const { repository, commit } = release(t);
  const file = join(repository.scratch, 'uki.efi');
  assert.equal(repository.expect(['uki', 'build', commit, '--output', file]), commit);
  assert.deepEqual(fs.readFileSync(file), fs.readFileSync(ukiFile(repository, commit)));
  const { stdout } = repository.call(['uki', 'show', file, '--json']);
  requireDocument('uki-show', stdout);
  const shown = JSON.parse(stdout) as Document;
  assert.deepEqual(repository.json(['uki', 'show', 'main']), shown);
  assert.match(shown.commandLine, /^composefs\.digest=/);
  assert.equal(shown.pcr11.length, 5);
  assert.match(repository.expect(['uki', 'show', 'main']), /signed by +nobody\n/);
});

test('signed by a key, by a command, or elsewhere, it is the same file', (t) => {
  const { repository, commit } = release(t);
  const { scratch } = repository;
  const { cert, key } = keyFiles(scratch);
  const sign = `openssl dgst -sha256 -sign ${key}`;
  const build = (...args: string[]) => {
    const { stdout, status, stderr } = repository.call([
      'uki',
      'build',
      'main',
      '--cert',
      cert,
      ...args,
      '--json',
    ]);
    assert.equal(status, 0, stderr);
    requireDocument('uki-build', stdout);
    return JSON.parse(stdout) as Document;
  };
  const first = build('--key', key);
  assert.deepEqual(first.signatures, ['owner']);
  assert.equal(build('--signer-command', sign).sha256, first.sha256);
  const requests = join(scratch, 'requests');
  const file = join(scratch, 'attached.efi');
  const asked = build('--request-out', requests, '--output', file);
  assert.deepEqual(
    [asked.request, fs.existsSync(file)],
    [join(requests, `${commit}.request`), false],
  );
  const request = fs.readFileSync(join(requests, `${commit}.request`));
  assert.equal(request.length, 78);
  fs.writeFileSync(join(requests, `${commit}.signature`), owner.sign(request));
  assert.equal(build('--attach', requests, '--output', file).sha256, first.sha256);
  fs.writeFileSync(join(requests, `${commit}.signature`), stranger.sign(request));
  const wrong = ['uki', 'build', 'main', '--cert', cert, '--attach', requests];
  assert.equal(repository.call(wrong).status, 1);

  assert.equal(verdictOf(repository, ['main', '--cert', cert]).signedBy, 'owner');
  assert.equal(verdictOf(repository, [file, '--cert', cert]).followsFromCommit, null);
  const foreign = keyFiles(scratchDirectory(t), stranger);
  const { ok, findings } = verdictOf(repository, ['main', '--cert', foreign.cert], 3);
  assert.deepEqual([ok, findings.map(({ what }) => what)], [false, ['signature']]);
  assert.equal(verdictOf(repository, ['main']).followsFromCommit, true, 'signed or not');
});

test('certificate and signer go together, or it is wrong use', (t) => {
  const { repository } = release(t);
  const { cert, key } = keyFiles(repository.scratch);
  const other = keyFiles(scratchDirectory(t), stranger);
  for (const args of [
    ['--cert', cert],
    ['--key', key],
    ['--cert', cert, '--key', key, '--signer-command', 'true'],
    ['--cert', cert, '--key', other.key],
    ['--cert', cert, '--signer-command', 'true', '--passphrase-file', key],
    ['--passphrase-file', key],
    ['--pcr-phase', 'enter-initrd'],
  ])
    assert.equal(repository.call(['uki', 'build', 'main', ...args]).status, 2, args.join(' '));
  assert.equal(repository.call(['uki', 'verify', ukiFile(repository, 'x')]).status, 10);
});

test('an image that is not that of the commit is found out, whatever was changed', (t) => {
  const { repository, commit } = release(t);
  const file = ukiFile(repository, commit);
  const bytes = fs.readFileSync(file);
  const { image } = parseUki(bytes);
  for (const section of ['.cmdline', '.osrel', '.uname', '.linux', '.initrd']) {
    const { rawOffset } = image.sections.find(({ name }) => name === section) ?? assert.fail();
    const changed = Buffer.from(bytes);
    const at = rawOffset + 20 * Number(section === '.cmdline') + 1;
    // Still a text where it has to be one.
    changed[at] = (changed[at] ?? 0) === 0x61 ? 0x62 : 0x61;
    fs.writeFileSync(file, changed);
    const { findings } = verdictOf(repository, ['main'], 3);
    assert.deepEqual(
      findings.map(({ what }) => what),
      [section],
    );
  }
  // The code of the stub: nothing but a signature, or the stub in the image, says anything of it.
  const text = image.sections[0] ?? assert.fail();
  const changed = Buffer.from(bytes);
  changed[text.rawOffset] = 0;
  fs.writeFileSync(file, changed);
  assert.deepEqual(
    verdictOf(repository, ['main'], 3).findings.map(({ what }) => what),
    ['signature'],
  );
  // Another commit with the same kernel.
  const other = commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, 'etc/motd'), 'other');
  });
  fs.writeFileSync(ukiFile(repository, other), bytes);
  assert.deepEqual(
    verdictOf(repository, [other], 3).findings.map(({ what }) => what),
    ['.cmdline', '.initrd'],
  );
});

test('a stub of version 261 is refused, in the image and given', (t) => {
  const { repository } = release(t);
  const stub = join(repository.scratch, 'stub');
  fs.writeFileSync(stub, makeStub({ version: '262.1-1' }));
  const { status, stderr } = repository.call(['uki', 'build', 'main', '--stub', stub]);
  assert.equal(status, 14);
  assert.match(stderr, /unsigned boot entry/);
  const commit = commitBootable(repository, (tree) => {
    fs.copyFileSync(stub, join(tree, STUB));
  });
  assert.equal(repository.call(['uki', 'build', commit]).status, 14);
});

test('an error names the file that is not what it should be', (t) => {
  const { repository } = release(t);
  const other = join(repository.scratch, 'other');
  fs.writeFileSync(other, 'something else');
  const { cert, key } = keyFiles(repository.scratch);
  const calls = [
    ['uki', 'build', 'main', '--stub', other],
    ['uki', 'build', 'main', '--cert', other, '--key', key],
    ['uki', 'show', other],
    ['uki', 'verify', other, '--cert', cert],
    ['uki', 'verify', 'main', '--cert', other],
  ];
  for (const args of calls) {
    const { status, stderr } = repository.call(args);
    assert.equal(status, 17, args.join(' '));
    assert.ok(stderr.startsWith(`error: ${other}: `), stderr);
  }
  const commit = commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, STUB), 'something else');
  });
  assert.match(repository.call(['uki', 'build', commit]).stderr, /^error: \/usr\/lib\/.*\.stub: /);
});

test('a kernel inside that is signed by the same certificate is refused', async (t) => {
  const { repository } = release(t);
  const { cert, key } = keyFiles(repository.scratch);
  const { attachSignature, signRequest } =
    await import('../../src/formats/authenticode/sign-pe.js');
  const kernel = makeKernel();
  const signed = attachSignature(kernel, owner.certificate, owner.sign(signRequest(kernel)));
  const commit = commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, KERNEL), signed);
  });
  const build = ['uki', 'build', commit, '--cert', cert, '--key', key];
  const { status, stderr } = repository.call(build);
  assert.equal(status, 14);
  assert.match(stderr, /the kernel inside is itself signed by owner/);
  const foreign = keyFiles(scratchDirectory(t), stranger);
  repository.expect(['uki', 'build', commit, '--cert', foreign.cert, '--key', foreign.key]);
  const certs = ['--cert', foreign.cert, '--cert', cert];
  assert.deepEqual(
    verdictOf(repository, [commit, ...certs], 3).findings.map(({ what }) => what),
    ['.linux'],
  );
});

test('a signed policy for a TPM goes in, and is for this image alone', (t) => {
  const { repository, commit } = release(t);
  const file = join(repository.scratch, 'pcr.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  fs.writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const phases = ['--pcr-phase', 'none', '--pcr-phase', 'enter-initrd'];
  repository.expect(['uki', 'build', 'main', '--pcr-key', file, ...phases]);
  const { sections } = parseUki(fs.readFileSync(ukiFile(repository, commit)));
  assert.equal(sections.get('.pcrsig')?.toString().match(/"sig"/g)?.length, 2);
  assert.match(sections.get('.pcrpkey')?.toString() ?? '', /^-----BEGIN PUBLIC KEY-----\n/);
  // It does not follow from the commit: a mirror could have put in its own.
  const { findings } = verdictOf(repository, ['main'], 3);
  assert.match(findings[0]?.message ?? '', /signed policy for a TPM/);
  const { cert, key } = keyFiles(repository.scratch);
  repository.expect(['uki', 'build', 'main', '--pcr-key', file, '--cert', cert, '--key', key]);
  // For the initramfs alone, unless told otherwise: a state of later would open the disk for a foreign system.
  const again = parseUki(fs.readFileSync(ukiFile(repository, commit)));
  const { sections: all } = again;
  assert.deepEqual(all.get('.pcrsig'), encodePcrSignatures(all, privateKey, ['enter-initrd']));
  assert.equal(verdictOf(repository, ['main', '--cert', cert]).ok, true);
  fs.writeFileSync(file, 'no key');
  assert.equal(repository.call(['uki', 'build', 'main', '--pcr-key', file]).status, 17);
});

test('an image without kernel, without stub, or for another machine gets none', (t) => {
  const { repository } = release(t);
  const without = (name: string) =>
    commitBootable(repository, (tree) => {
      fs.rmSync(join(tree, name));
    });
  for (const name of [
    KERNEL,
    STUB,
    'usr/lib/os-release',
    `usr/lib/modules/${RELEASE}/initramfs.img`,
  ]) {
    const { status, stderr } = repository.call(['uki', 'build', without(name)]);
    assert.equal(status, 10, stderr);
  }
  const arm = commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, 'sbin/init'), elfProgram(183));
    fs.renameSync(join(tree, STUB), join(tree, STUB.replace('x64', 'aa64')));
  });
  assert.equal(repository.call(['uki', 'build', arm]).status, 14);
  const script = commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, KERNEL), 'no kernel');
  });
  assert.equal(repository.call(['uki', 'build', script]).status, 17);
});

test('fsck knows images without commit, of another commit, and damaged ones', (t) => {
  const { repository, commit } = release(t);
  repository.expect(['fsck']);
  const bytes = fs.readFileSync(ukiFile(repository, commit));
  const other = repository.commit({ file: 'x' }, 'other');
  fs.writeFileSync(ukiFile(repository, other), bytes);
  fs.writeFileSync(ukiFile(repository, 'a'.repeat(64)), bytes);
  fs.writeFileSync(ukiFile(repository, 'stray'), bytes);
  fs.writeFileSync(ukiFile(repository, commit), bytes.subarray(0, 5000));
  const { findings } = repository.json(['fsck'], 3) as {
    findings: { kind: string; subject: string }[];
  };
  assert.deepEqual(
    findings.map(({ kind, subject }) => `${kind} ${subject}`).sort(),
    [
      'stray ukis/stray',
      `uki-damaged ${commit}`,
      `uki-mismatch ${other}`,
      `uki-orphan ${'a'.repeat(64)}`,
    ].sort(),
  );
  fs.rmSync(ukiFile(repository, commit));
  fs.mkdirSync(ukiFile(repository, commit));
  assert.match(repository.call(['fsck']).stdout, /uki-damaged/);
});

test('a file in the place of the directory of images is found by fsck, and stops nothing', (t) => {
  const { repository } = release(t);
  fs.rmSync(repository.file('ukis'), { recursive: true });
  fs.writeFileSync(repository.file('ukis'), 'x');
  const { findings } = repository.json(['fsck']) as {
    findings: { kind: string; subject: string }[];
  };
  assert.deepEqual(
    findings.map(({ kind, subject }) => `${kind} ${subject}`),
    ['stray ukis'],
  );
  repository.expect(['gc']);
  repository.expect(['du', 'main']);
});

test('gc removes images with their commits, and du says how long they are', (t) => {
  const { repository, commit } = release(t);
  const { size } = fs.statSync(ukiFile(repository, commit));
  const used = repository.json(['du', 'main', commit]) as {
    commits: { ukiBytes: number }[];
    total: { ukiBytes: number };
  };
  assert.deepEqual(
    [...used.commits.map(({ ukiBytes }) => ukiBytes), used.total.ukiBytes],
    [size, size, size],
  );
  assert.match(repository.expect(['du', 'main']), /own +UKI\n/);
  repository.commit({ file: 'x' }, 'other');
  repository.expect(['gc']);
  assert.equal(fs.existsSync(ukiFile(repository, commit)), true);
  repository.expect(['branch', 'delete', 'main']);
  const removed = repository.json(['gc']) as { ukiIds: string[]; ukiBytes: number };
  assert.deepEqual([removed.ukiIds, removed.ukiBytes], [[commit], size]);
  assert.deepEqual(fs.readdirSync(repository.file('ukis')), []);
});

/** A repository that pulls from another one. */
function puller(repository: TestRepository, url: string): TestRepository {
  const scratch = fs.mkdtempSync(join(repository.scratch, 'puller-'));
  fs.writeFileSync(join(scratch, 'policy'), '[verify]\nmode=none\n');
  const made = repository.copyTo(scratch, 'repo');
  fs.rmSync(made.path, { recursive: true });
  made.expect(['init']);
  made.expect(['remote', 'add', 'origin', url, '--policy', join(scratch, 'policy')]);
  return made;
}

for (const kind of ['a directory', 'a web server'] as const)
  test(`an image is pulled with its commit from ${kind}, and once only`, async (t) => {
    const { repository, commit } = release(t);
    const url =
      kind === 'a directory' ? repository.path : (await StaticServer.start(t, repository.path)).url;
    const here = puller(repository, url);
    const pull = async (status = 0) => {
      const env = { ROOTSEAL_REPO: here.path };
      const { status: found, stderr } = await startRootseal(['pull', 'origin', 'main'], { env })
        .ended;
      assert.equal(found, status, stderr);
    };
    const original = fs.readFileSync(ukiFile(repository, commit));
    await pull();
    assert.deepEqual(fs.readFileSync(ukiFile(here, commit)), original);
    assert.equal(verdictOf(here, [commit]).followsFromCommit, true);
    await pull(77);

    // Signed afterwards: it comes, and takes the place of the other one.
    const { cert, key } = keyFiles(repository.scratch);
    repository.expect(['uki', 'build', 'main', '--cert', cert, '--key', key]);
    await pull();
    assert.equal(verdictOf(here, [commit, '--cert', cert]).signedBy, 'owner');
    const foreign = keyFiles(scratchDirectory(t), stranger);
    repository.expect(['uki', 'build', 'main', '--cert', foreign.cert, '--key', foreign.key]);
    await pull();
    assert.equal(verdictOf(here, [commit, '--cert', foreign.cert]).signedBy, 'stranger');
    await pull(77);
    // None any more: what is here stays.
    fs.rmSync(ukiFile(repository, commit));
    await pull(77);
    assert.equal(verdictOf(here, [commit, '--cert', foreign.cert]).ok, true);
  });

test('an image that is not that of the commit is not pulled, and nothing gets a name', (t) => {
  const { repository, commit } = release(t);
  const file = ukiFile(repository, commit);
  const original = fs.readFileSync(file);
  const here = puller(repository, repository.path);
  const evil = Buffer.from(original);
  const { rawOffset } =
    parseUki(original).image.sections.find(({ name }) => name === '.initrd') ?? assert.fail();
  evil[rawOffset] = 0;
  const added = [{ name: '.profile', content: Buffer.from('x'), characteristics: 0x40000040 }];
  for (const [bytes, status, expected] of [
    [evil, 12, /ukis\/.*\.initrd: it is not the image's initramfs/],
    [original.subarray(0, 3000), 17, /ukis\//],
    [addSections(original, added, { nxCompat: true }), 17, /section \.profile/],
    [Buffer.alloc(0), 17, /DOS header/],
  ] as const) {
    fs.writeFileSync(file, bytes);
    const { status: found, stderr } = here.call(['pull', 'origin', 'main']);
    assert.equal(found, status, stderr);
    assert.match(stderr, expected);
    assert.deepEqual(
      [fs.existsSync(ukiFile(here, commit)), here.json(['branch', 'list'])],
      [false, { version: 1, refs: [] }],
    );
  }
  fs.truncateSync(file, 2 ** 30 + 1);
  assert.equal(here.call(['pull', 'origin', 'main']).status, 17);
  fs.rmSync(file);
  fs.mkdirSync(file);
  assert.equal(here.call(['pull', 'origin', 'main']).status, 12);
  fs.rmdirSync(file);
  here.expect(['pull', 'origin', 'main']);
});

test('of a unified kernel image no more is read than the commit makes possible, whatever a server says of its size', async (t) => {
  const { repository, commit } = release(t);
  const server = await StaticServer.start(t, repository.path);
  const here = puller(repository, server.url);
  const pull = () =>
    startRootseal(['pull', 'origin', 'main'], { env: { ROOTSEAL_REPO: here.path } }).ended;
  const length = 2 ** 30;
  let sent = 0;
  // Without a length it is sent in chunks.
  const endless = (_: unknown, response: http.ServerResponse) => {
    sent = 0;
    const more = () => {
      while (!response.destroyed && sent < length) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return;
      }
      response.end();
    };
    response.writeHead(200).on('drain', more);
    more();
  };
  const refuses = async (expected: RegExp) => {
    const { status, stderr } = await pull();
    assert.equal(status, 17, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), expected);
    assert.equal(fs.existsSync(ukiFile(here, commit)), false);
  };
  const path = new RegExp(`^/ukis/${commit}$`);
  server.on(path, endless, 2);
  await refuses(/ukis\/\w+ has more than \d{8} bytes/);
  assert.ok(sent < length, `${sent} bytes`);
  const { requests } = server;
  server.on(
    path,
    (_, response) => {
      response.writeHead(200, { 'content-length': length }).write('x');
    },
    1,
  );
  requests.length = 0;
  await refuses(/ukis\/\w+ has 1073741824 bytes, and a unified kernel image of this commit has/);
  assert.equal(
    requests.filter((one) => path.test(one.path)).length,
    1,
    'it is not asked for again',
  );
  assert.equal((await pull()).status, 0);
});

test('an image of a commit that has no kernel is not pulled', (t) => {
  const { repository, commit } = release(t);
  const bytes = fs.readFileSync(ukiFile(repository, commit));
  const other = repository.commit({ file: 'x' }, 'main');
  fs.writeFileSync(ukiFile(repository, other), bytes);
  const { status, stderr } = puller(repository, repository.path).call(['pull', 'origin', 'main']);
  assert.equal(status, 12);
  assert.match(stderr, /no unified kernel image can be that of commit .*no kernel/);
});

test('a copy of a repository has its images', (t) => {
  const { repository, commit } = release(t);
  const copy = repository.copyTo(scratchDirectory(t), 'copy');
  assert.equal(verdictOf(copy, [commit]).ok, true);
});

test('an initramfs that takes credentials of the firmware, finds no root, or mounts it read-only is warned of', (t) => {
  const { repository } = release(t);
  const initramfs = (name: string) =>
    gzipSync(
      encodeCpio([{ kind: 'file', path: fromText(name), mode: 0o755, content: Buffer.alloc(10) }]),
    );
  const warnings = (name: string, ...words: string[]): string => {
    const kargs = `kargs = ${JSON.stringify(words)}\n`;
    commitBootable(repository, (tree) => {
      fs.writeFileSync(join(tree, INITRAMFS), initramfs(name));
      fs.writeFileSync(join(tree, 'usr/lib/rootseal/kargs.d/20-y.toml'), kargs);
    });
    const { status, stderr } = repository.call(['uki', 'build', 'main']);
    assert.equal(status, 0, stderr);
    return stderr.replaceAll(/\s+/g, ' ');
  };
  const systemd = 'usr/lib/systemd/systemd';
  const no = 'systemd.import_credentials=no';
  const credentials =
    /^warning: its initramfs has systemd, which takes credentials .* add systemd\.import_credentials=no to \S+ of the image $/;
  const readOnly =
    /^warning: its initramfs has systemd, which mounts the root partition read-only, .* add rw to \S+ of the image $/;
  assert.match(warnings(systemd, 'rw'), credentials);
  assert.match(warnings(systemd, no), readOnly);
  assert.match(warnings(systemd, 'rw', 'ro', no), readOnly);
  assert.equal(warnings(systemd, 'ro', 'rw', no), '');
  assert.equal(warnings('init', 'x'), '');
  assert.match(
    warnings('scripts/functions', 'rw', no),
    /^warning: its initramfs is one of initramfs-tools, which finds no root partition /,
  );
});

test('whoever makes a disk or an installation that starts from such an image is told of its initramfs', async (t) => {
  const { repository } = release(t);
  const archive = encodeCpio([
    { kind: 'file', path: fromText('scripts/functions'), mode: 0o644, content: Buffer.alloc(10) },
  ]);
  commitBootable(repository, (tree) => {
    fs.writeFileSync(join(tree, INITRAMFS), gzipSync(archive));
  });
  repository.expect(['uki', 'build', 'main']);
  const told = 'initramfs is one of initramfs-tools, which finds no root partition';
  for (const [words, isTold] of [
    [['--uki'], true],
    [[], false],
  ] as const) {
    const disk = join(repository.scratch, `disk${words.join('')}`);
    const made = repository.call(['disk', 'build', 'main', ...words, '--output', disk]);
    assert.equal(made.status, 0, made.stderr);
    assert.equal(made.stderr.replaceAll(/\s+/g, ' ').includes(told), isTold, made.stderr);
    const uki = words.length > 0;
    const asked = {
      ...{ origin: undefined, given: [], force: true, uki, certificates: [] },
      secureBoot: undefined,
    };
    const { remarks } = await prepareImage(Repository.open(repository.path), 'main', asked);
    const rules = remarks.map(({ rule }) => rule);
    assert.equal(rules.includes('unified-initramfs'), isTold, rules.join());
  }
});
