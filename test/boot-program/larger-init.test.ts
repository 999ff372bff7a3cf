/** The boot program as process 1 before the init of a larger initramfs: nothing of the command line gets to that. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { encodeTrustManifest } from '../../src/formats/seal/trust-manifest.js';
import { cannotBoot } from '../helpers/boot-once.js';
import { buildBoot } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotBoot;
const LARGER_INIT = 'usr/lib/rootseal/init';
/** Prints what it was started with. */
const SHOW = `#!/bin/sh
echo "pid $$, $# arguments"
tr '\\0' '\\n' </proc/1/environ
`;

interface Started {
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of the initramfs by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the kernel shows in /proc/cmdline. */
  readonly cmdline?: string;
}

/**
 * Starts the boot program as process 1 of a root directory with the host's programs, as the kernel would: with words of its command
 * line as arguments and variables.
 */
function startFirst(
  t: TestContext,
  largerInit: string,
  { variables = {}, files = {}, cmdline = 'quiet\n' }: Started = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const root = join(scratchDirectory(t), 'root');
  const program = buildBoot('rootseal-setup-root');
  for (const name of ['bin', 'lib', 'lib64', 'proc', 'usr/lib/rootseal'])
    fs.mkdirSync(join(root, name), { recursive: true });
  fs.copyFileSync(program, join(root, 'init'));
  for (const [name, content] of Object.entries({ ...files, [LARGER_INIT]: largerInit })) {
    fs.mkdirSync(dirname(join(root, name)), { recursive: true });
    fs.writeFileSync(join(root, name), content, { mode: 0o755 });
  }
  fs.writeFileSync(join(root, '..', 'cmdline'), cmdline);
  fs.writeFileSync(join(root, '..', 'panic'), '-1\n');
  // A refusal reboots at once, which ends the namespace.
  const start = `for name in bin lib lib64; do mount --bind "/$name" "$0/$name"; done
    mount -t proc proc "$0/proc"; mount --bind "$0/../cmdline" "$0/proc/cmdline"
    mount --bind "$0/../panic" "$0/proc/sys/kernel/panic"; exec chroot "$0" /init single --check`;
  return spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', start, root], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the init of a larger initramfs gets no argument and no variable but ours', { skip }, (t) => {
  const variables = {
    PS4: '$(echo code)',
    log_output: '/x',
    IFS: 'a',
    HOME: '/x',
    TERM: 'x',
    ENV: '/x',
  };
  assert.deepEqual(startFirst(t, SHOW, { variables }).stdout.trim().split('\n'), [
    'pid 1, 0 arguments',
    'PATH=/sbin:/usr/sbin:/bin:/usr/bin',
    'HOME=/',
    'TERM=linux',
  ]);
});

test(
  'a larger init that cannot be started ends the boot, and nothing takes its place',
  { skip },
  (t) => {
    assert.equal(startFirst(t, '#!/nowhere\n').status, 1);
  },
);

const MANIFEST = 'usr/lib/rootseal/trust-manifest';
const SIGNED = 'rd.systemd.unit=x quiet';
const sealed = {
  [MANIFEST]: encodeTrustManifest({ commandLine: SIGNED, keys: [], revocations: [] }).toString(),
};

test('words that were not signed are refused before a larger init can read them', { skip }, (t) => {
  for (const cmdline of [`${SIGNED} rd.break\n`, `${SIGNED} SYSTEMD_UNIT_PATH=/x\n`, 'quiet\n']) {
    const { stdout, stderr } = startFirst(t, SHOW, { files: sealed, cmdline });
    assert.equal(stdout, '');
    assert.match(stderr, /^rootseal: refused command line: .*signed\n/);
  }
  const good = startFirst(t, SHOW, { files: sealed, cmdline: `${SIGNED} console=ttyS0\n` });
  assert.match(good.stdout, /^pid 1, /);
  assert.equal(good.stderr, '');
});

test(
  'what was added at the places of trust is refused before a larger init is started',
  { skip },
  (t) => {
    const files = { ...sealed, 'etc/rootseal/keys.d/x.pub': '' };
    const { stdout, stderr } = startFirst(t, SHOW, { files, cmdline: SIGNED });
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^rootseal: refused trust manifest: the initramfs has \/etc\/rootseal\/keys\.d\/x\.pub/,
    );
  },
);

/** What systemd-stub 257 puts there. */
const EXTRAS = {
  '.extra/credentials/a.cred': 'x',
  '.extra/global_credentials/b.cred': 'x',
  '.extra/system_credentials/c/d': 'x',
  '.extra/sysext/e.raw': 'x',
  '.extra/confext/f.raw': 'x',
  '.extra/os-release/g': 'a directory, which the stub does not make',
  '.extra/tpm2-pcr-signature.json': 'of the section .pcrsig',
  '.extra/tpm2-pcr-public-key.pem': 'of the section .pcrpkey',
};
const LIST = '#!/bin/sh\ncd /; find .extra | sort\n';

test(
  'files that lay beside the image, unsigned, are gone when a larger init starts',
  { skip },
  (t) => {
    const request = { files: { ...EXTRAS, ...sealed }, cmdline: SIGNED };
    assert.deepEqual(startFirst(t, LIST, request).stdout.match(/^\.extra.*$/gm), [
      '.extra',
      '.extra/tpm2-pcr-public-key.pem',
      '.extra/tpm2-pcr-signature.json',
    ]);
    // Without a manifest, nobody vouches for anything there, and an administrator may use them.
    const kept = startFirst(t, LIST, { files: EXTRAS }).stdout.match(/^\.extra.*$/gm);
    assert.ok(kept !== null && kept.length > Object.keys(EXTRAS).length);
  },
);
