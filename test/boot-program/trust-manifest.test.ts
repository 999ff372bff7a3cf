/**
 * The boot program where its initramfs has a trust manifest (docs/formats/boot.md, "Trust manifest"): nothing that was added to the
 * initramfs or to the command line counts.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { encodeTrustManifest, type TrustManifest } from '../../src/formats/seal/trust-manifest.js';
import { cannotBoot, type BootRequest, type BootResult } from '../helpers/boot-once.js';
import { assertRefused, bootUnverified, machine, POLICY } from '../helpers/boot-physical.js';

const skip = cannotBoot;
const MANIFEST = 'usr/lib/rootseal/trust-manifest';
const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });
/** The files of the image's own initramfs; the manifest has the same. */
const OWN = {
  [POLICY]: '[verify]\nmode=none\n',
  'usr/lib/rootseal/keys.d/own.pub': '# none\n',
  'usr/lib/rootseal/revoked.d/own': '# none\n',
};
type Files = NonNullable<BootRequest['files']>;

function manifestFor(commandLine: string, change: Partial<TrustManifest> = {}): string {
  return encodeTrustManifest({
    commandLine,
    policy: file(`/${POLICY}`, OWN[POLICY]),
    keys: [file('/usr/lib/rootseal/keys.d/own.pub', '# none\n')],
    revocations: [file('/usr/lib/rootseal/revoked.d/own', '# none\n')],
    ...change,
  }).toString();
}

/** A boot with a manifest for the words `quiet` and the image; `words` are what the kernel gets besides. */
function bootSealed(
  t: TestContext,
  {
    files = {},
    words = '',
    change = {},
  }: { files?: Files; words?: string; change?: Partial<TrustManifest> },
): BootResult {
  const { hex, boot } = machine(t);
  const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
  const manifest = manifestFor(line, change);
  return boot({ cmdline: `${line}${words}\n`, files: { ...OWN, [MANIFEST]: manifest, ...files } });
}

test(
  'a manifest is believed in place of the files, and boot.json says what is missing to be sealed',
  { skip },
  (t) => {
    const { hex, boot } = machine(t);
    const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
    const request = {
      cmdline: `${line} console=ttyS0,115200\n`,
      files: { [MANIFEST]: manifestFor(line) },
    };
    const result = bootUnverified(t, boot, '', request);
    if (result === undefined) return;
    assert.equal(result.boot?.['mode'], 'none');
    assert.deepEqual(result.boot['missing'], [
      'verification',
      'secure-boot',
      'setup-mode',
      'unified-kernel-image',
      'stub-version',
    ]);
  },
);

test('the files of the image itself may lie beside the manifest', { skip }, (t) => {
  const { hex, boot } = machine(t);
  const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
  const request = { cmdline: `${line}\n`, files: { ...OWN, [MANIFEST]: manifestFor(line) } };
  assert.equal(bootUnverified(t, boot, '', request)?.boot?.['mode'], 'none');
});

test('what the files of a manifest say is judged as everywhere', { skip }, (t) => {
  const policy = file(`/${POLICY}`, '[verify]\nmode=sael\n');
  const result = bootSealed(t, {
    files: { [POLICY]: '[verify]\nmode=none\n' },
    change: { policy },
  });
  assertRefused(result, 'policy', /^\/etc\/rootseal\/setup-root\.conf: line 2: /);
});

test(
  'a manifest that revokes the image, or asks for a seal, cannot be loosened by a file',
  { skip },
  (t) => {
    const asked = bootSealed(t, {
      change: { policy: file(`/${POLICY}`, '[verify]\nmode=seal\n') },
    });
    assertRefused(asked, 'trust manifest', /setup-root\.conf is not as in the manifest/);
    const { hex, boot } = machine(t);
    const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
    const revocations = [file('/etc/rootseal/revoked.d/x', `v1-sha256-12:${hex}\n`)];
    const files = { [MANIFEST]: manifestFor(line, { revocations }) };
    assertRefused(boot({ cmdline: `${line}\n`, files }), 'image', /it was revoked/);
  },
);

/** What somebody adds to the initramfs at the places where policy, keys and revocations are looked for. */
const ADDED: Readonly<Record<string, readonly [files: Files, path: string]>> = {
  'a key': [{ 'etc/rootseal/keys.d/x.pub': '# x\n' }, '/etc/rootseal/keys.d/x.pub'],
  'a key in the other place': [
    { 'usr/lib/rootseal/keys.d/x.pub': '' },
    '/usr/lib/rootseal/keys.d/x.pub',
  ],
  'a key of the name of an own one, elsewhere': [
    { 'etc/rootseal/keys.d/own.pub': '# none\n' },
    '/etc/rootseal/keys.d/own.pub',
  ],
  'a file that is no key': [{ 'etc/rootseal/keys.d/README': '' }, '/etc/rootseal/keys.d/README'],
  'a name that does not count': [
    { 'etc/rootseal/keys.d/.x.pub': '' },
    '/etc/rootseal/keys.d/.x.pub',
  ],
  'a revocation': [{ 'etc/rootseal/revoked.d/x': '' }, '/etc/rootseal/revoked.d/x'],
  'a second policy': [
    { 'usr/lib/rootseal/setup-root.conf': OWN[POLICY] },
    '/usr/lib/rootseal/setup-root.conf',
  ],
  'another file in /etc/rootseal': [{ 'etc/rootseal/x': '' }, '/etc/rootseal/x'],
  'a directory in /etc/rootseal': [{ 'etc/rootseal/x/y': '' }, '/etc/rootseal/x'],
  'a directory among the keys': [
    { 'etc/rootseal/keys.d/x.pub/y': '' },
    '/etc/rootseal/keys.d/x.pub',
  ],
  'a link among the keys': [
    { 'etc/rootseal/keys.d/x.pub': '->/usr/lib/rootseal/keys.d/own.pub' },
    '/etc/rootseal/keys.d/x.pub',
  ],
  'a link to nowhere among the keys': [
    { 'etc/rootseal/keys.d/x.pub': '->gone' },
    '/etc/rootseal/keys.d/x.pub',
  ],
  'a directory of keys that is a link': [
    { 'etc/rootseal/keys.d': '->/usr/lib/rootseal/keys.d' },
    '/etc/rootseal/keys.d',
  ],
  'a directory of keys that is a file': [{ 'etc/rootseal/keys.d': '' }, '/etc/rootseal/keys.d'],
};

for (const [what, [files, path]] of Object.entries(ADDED)) {
  test(`${what} that was added to the initramfs is refused`, { skip }, (t) => {
    const escaped = path.replaceAll('.', '\\.');
    const why = new RegExp(`^the initramfs has ${escaped}, which is not in the manifest$`);
    assertRefused(bootSealed(t, { files }), 'trust manifest', why);
  });
}

test('a place that is a link as a whole is refused', { skip }, (t) => {
  const { hex, boot } = machine(t);
  const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
  const policy = file('/usr/lib/rootseal/setup-root.conf', OWN[POLICY]);
  const files = {
    [MANIFEST]: manifestFor(line, { policy }),
    'etc/rootseal': '->/usr/lib/rootseal',
  };
  const why = /^the initramfs has \/etc\/rootseal, which/;
  assertRefused(boot({ cmdline: `${line}\n`, files }), 'trust manifest', why);
});

test('an own file that was changed is refused, by one byte and by its length', { skip }, (t) => {
  for (const content of ['# nonE\n', '# none\n\n', '# none', '']) {
    const files = { 'usr/lib/rootseal/keys.d/own.pub': content };
    assertRefused(
      bootSealed(t, { files }),
      'trust manifest',
      /own\.pub is not as in the manifest$/,
    );
  }
});

test('a manifest that is not one, or is no file, is refused', { skip }, (t) => {
  const { boot } = machine(t);
  for (const content of ['', 'x', '->gone', '->/etc/rootseal']) {
    const result = boot({ files: { ...OWN, [MANIFEST]: content } });
    assertRefused(result, 'trust manifest', /first line|No such file|Is a directory/);
  }
  const result = boot({ files: { ...OWN, [`${MANIFEST}/x`]: '' } });
  assertRefused(result, 'trust manifest', /Is a directory/);
});

/** Words that boot entry, SMBIOS and addons give. */
const WORDS: Readonly<Record<string, readonly [words: string, why: RegExp]>> = {
  'init=': [' init=/bin/sh', /^init=\/bin\/sh was not signed$/],
  'systemd.unit=': [' systemd.unit=rescue.target', /^systemd\.unit=rescue\.target was not signed$/],
  'a console at an address': [' console=uart8250,mmio32,0x1000', /was not signed$/],
  'composefs.digest= again': [
    ` composefs.digest=v1-sha256-12:${'5e'.repeat(32)}`,
    /is given twice/,
  ],
  'a word that goes on': ['er', /^it is not the one that was signed$/],
};

for (const [what, [words, why]] of Object.entries(WORDS))
  test(`a command line with ${what} behind the signed one is refused`, { skip }, (t) => {
    assertRefused(bootSealed(t, { words }), 'command line', why);
  });

test('a command line without a signed word, or with one before them, is refused', { skip }, (t) => {
  const { hex, boot } = machine(t);
  const line = `composefs.digest=v1-sha256-12:${hex} quiet`;
  const files = { ...OWN, [MANIFEST]: manifestFor(line) };
  for (const cmdline of [line.replace(' quiet', ''), `console=ttyS0 ${line}`, `quiet ${line}`])
    assertRefused(
      boot({ cmdline: `${cmdline}\n`, files }),
      'command line',
      /not the one that was signed/,
    );
});
