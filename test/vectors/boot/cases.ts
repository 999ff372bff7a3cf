/** The vectors of what the boot program reads besides seals: the kernel command line, the sequence floor, the trust manifest. */
import { encodeTrustManifest } from '../../../src/formats/seal/trust-manifest.js';

const HEX = '5e'.repeat(32);
const LONG_HEX = 'a1'.repeat(64);
/** Typed digest and name of the image that most command lines ask for. */
const IMAGE = `v1-sha256-12:${HEX}`;
const LONG_IMAGE = `v0-sha512-12:${LONG_HEX}`;
const OTHER_HEX = '5f'.repeat(32);
const ASKED = `composefs.digest=${IMAGE}`;

/** One vector. */
export interface BootVector {
  readonly name: string;
  /** Which of them; `bytes` are those of the command line, the file or the variable. */
  readonly kind: 'cmdline' | 'floor' | 'manifest' | 'stub';
  /** The policy's mode; for a command line, and for what a boot can be relied on. */
  readonly mode?: 'seal' | 'cmdline' | 'none';
  /** The command line of the trust manifest; for a command line where there is one. */
  readonly signed?: string;
  /** Other facts about a boot, with commas between; with `stub`, the variable StubInfo. */
  readonly facts?: string;
  readonly bytes: string;
  /** The code and, when it is accepted, what was read. */
  readonly verdict: string;
}

interface Asked {
  readonly image?: string;
  readonly state?: string;
  readonly sequence?: string;
  readonly verity?: 'required' | 'optional';
  readonly mode?: NonNullable<BootVector['mode']>;
}

function good(name: string, line: string, asked: Asked = {}): BootVector {
  const { image = IMAGE, state = HEX, sequence = '0', verity = 'required', mode = 'seal' } = asked;
  const verdict = `CMDLINE_ACCEPTED ${image} ${state} ${sequence} ${verity}`;
  return { name: `cmdline-${name}`, kind: 'cmdline', mode, bytes: line, verdict };
}

function bad(name: string, code: string, line: string, mode: Asked['mode'] = 'seal'): BootVector {
  return { name: `cmdline-${name}`, kind: 'cmdline', mode, bytes: line, verdict: `CMDLINE_${code}` };
}

function accepted(): BootVector[] {
  return [
    good('plain', ASKED),
    good('newline', `${ASKED}\n`),
    good('among-others', `BOOT_IMAGE=/vmlinuz root=PARTUUID=1-2 ro ${ASKED} quiet console=ttyS0,115200\n`),
    good('initrd-of-systemd-boot', `initrd=\\rootseal\\5e\\initrd ${ASKED} rootwait\n`),
    good('mode-cmdline', ASKED, { mode: 'cmdline' }),
    good('mode-none', ASKED, { mode: 'none' }),
    good('mode-none-optional', `composefs.digest=?${IMAGE}`, { mode: 'none', verity: 'optional' }),
    good('sha512', `composefs.digest=${LONG_IMAGE}`, { image: LONG_IMAGE, state: LONG_HEX }),
    good('state-same', `${ASKED} rootseal.state=${HEX}`),
    good('state-number', `rootseal.state=${HEX}.2 ${ASKED}`, { state: `${HEX}.2` }),
    good('state-number-largest', `rootseal.state=${HEX}.9999 ${ASKED}`, { state: `${HEX}.9999` }),
    good('state-sha512', `composefs.digest=${LONG_IMAGE} rootseal.state=${LONG_HEX}.1`, {
      image: LONG_IMAGE,
      state: `${LONG_HEX}.1`,
    }),
    good('sequence', `${ASKED} rootseal.min-sequence=1795428000`, { sequence: '1795428000' }),
    good('sequence-largest', `${ASKED} rootseal.min-sequence=9007199254740991`, {
      sequence: '9007199254740991',
    }),
    good('value-quoted', `composefs.digest="${IMAGE}" quiet`),
    good('word-quoted', `"${ASKED}" quiet`),
    good('quoted-before', `x="a b ${ASKED.replace(HEX, OTHER_HEX)}" ${ASKED}`),
    good('quote-inside-before', `dyndbg="file a.c +p; file b.c +p" a"b c"d ${ASKED}`),
    good('quote-open-after', `${ASKED} x="y composefs.digest=nonsense`),
    good('white-space', `\t\v\f\r ${ASKED}\t\tquiet\n\n`),
    good('no-break-space-separates', `quiet\xa0${ASKED}\xa0ro`),
    good('after-double-dash', `quiet -- ${ASKED}`),
    good('others-with-similar-names', `rootsealed=1 rootseal=1 xcomposefs=1 Rootseal.x=1 composefsx=? ${ASKED}`),
    good('equals-first', `=x==y ${ASKED}`),
    good('empty-quotes', `"" " " ${ASKED}`),
    good('not-ascii', `name=\xc3\xa9 ${ASKED}`),
    good('65536-bytes', `${ASKED} ${'x'.repeat(65535 - ASKED.length)}`),
  ];
}

function refused(): BootVector[] {
  return [
    bad('empty', 'DIGEST_MISSING', ''),
    bad('blank', 'DIGEST_MISSING', ' \n'),
    bad('without-digest', 'DIGEST_MISSING', 'root=/dev/vda2 quiet\n'),
    bad('without-digest-mode-none', 'DIGEST_MISSING', 'quiet\n', 'none'),
    bad('without-digest-mode-cmdline', 'DIGEST_MISSING', 'quiet\n', 'cmdline'),
    bad('digest-in-quotes-of-another', 'DIGEST_MISSING', `x="${ASKED} y" z`),
    bad('digest-behind-open-quote', 'DIGEST_MISSING', `x="y ${ASKED}`),
    bad('digest-twice', 'REPEATED', `${ASKED} ${ASKED}`),
    bad('digest-twice-others', 'REPEATED', `${ASKED} composefs.digest=v1-sha256-12:${OTHER_HEX}`),
    bad('digest-twice-mode-none', 'REPEATED', `${ASKED} ${ASKED}`, 'none'),
    bad('digest-twice-double-dash', 'REPEATED', `${ASKED} -- ${ASKED}`),
    bad('digest-twice-quoted', 'REPEATED', `${ASKED} "${ASKED}"`),
    bad('digest-no-equals', 'DIGEST_INVALID', 'composefs.digest quiet'),
    bad('digest-empty', 'DIGEST_INVALID', 'composefs.digest= quiet'),
    bad('digest-bare-hex', 'DIGEST_INVALID', `composefs.digest=${HEX}`),
    bad('digest-short', 'DIGEST_INVALID', ASKED.slice(0, -1)),
    bad('digest-long', 'DIGEST_INVALID', `${ASKED}0`),
    bad('digest-upper-case', 'DIGEST_INVALID', ASKED.replace(HEX, HEX.toUpperCase())),
    bad('digest-sha512-short', 'DIGEST_INVALID', `composefs.digest=v1-sha512-12:${HEX}`),
    bad('digest-version-2', 'DIGEST_INVALID', ASKED.replace('v1', 'v2')),
    bad('digest-block-size', 'DIGEST_INVALID', ASKED.replace('-12:', '-16:')),
    bad('digest-comma', 'DIGEST_INVALID', `${ASKED},${IMAGE}`),
    bad('digest-quote-inside', 'DIGEST_INVALID', `composefs.digest=v1-"sha256"-12:${HEX}`),
    bad('optional', 'DIGEST_OPTIONAL', `composefs.digest=?${IMAGE}`),
    bad('optional-mode-cmdline', 'DIGEST_OPTIONAL', `composefs.digest=?${IMAGE}`, 'cmdline'),
    bad('optional-quoted', 'DIGEST_OPTIONAL', `composefs.digest="?${IMAGE}"`),
    bad('optional-nonsense-mode-none', 'DIGEST_INVALID', 'composefs.digest=?', 'none'),
    bad('optional-twice-mode-none', 'DIGEST_INVALID', `composefs.digest=??${IMAGE}`, 'none'),
    bad('optional-at-end-mode-none', 'DIGEST_INVALID', `composefs.digest=${IMAGE}?`, 'none'),
    bad('legacy', 'UNKNOWN', `composefs=${HEX}`),
    bad('legacy-beside', 'UNKNOWN', `${ASKED} composefs=${HEX}`),
    bad('legacy-optional-mode-none', 'UNKNOWN', `composefs=?${HEX}`, 'none'),
    bad('legacy-without-value', 'UNKNOWN', `composefs ${ASKED}`),
    bad('composefs-other', 'UNKNOWN', `${ASKED} composefs.digests=${IMAGE}`),
    bad('rootseal-unknown', 'UNKNOWN', `${ASKED} rootseal.mode=none`),
    bad('rootseal-unknown-first', 'UNKNOWN', `rootseal.debug ${ASKED}`),
    bad('rootseal-empty', 'UNKNOWN', `rootseal. ${ASKED}`),
    bad('rootseal-underscore', 'UNKNOWN', `${ASKED} rootseal.min_sequence=5`),
    bad('rootseal-quoted-key', 'UNKNOWN', `"rootseal.state"=${HEX} ${ASKED}`),
    bad('state-empty', 'STATE_INVALID', `${ASKED} rootseal.state=`),
    bad('state-no-equals', 'STATE_INVALID', `${ASKED} rootseal.state`),
    bad('state-path', 'STATE_INVALID', `${ASKED} rootseal.state=../../etc`),
    bad('state-slash', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}/x`),
    bad('state-number-zero', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}.0`),
    bad('state-number-leading-zero', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}.01`),
    bad('state-number-10000', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}.10000`),
    bad('state-number-empty', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}.`),
    bad('state-two-numbers', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX}.1.1`),
    bad('state-typed', 'STATE_INVALID', `${ASKED} rootseal.state=${IMAGE}`),
    bad('state-upper-case', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX.toUpperCase()}`),
    bad('state-short', 'STATE_INVALID', `${ASKED} rootseal.state=${HEX.slice(2)}`),
    bad('state-twice', 'REPEATED', `${ASKED} rootseal.state=${HEX} rootseal.state=${HEX}`),
    bad('state-of-other-image', 'STATE_MISMATCH', `${ASKED} rootseal.state=${OTHER_HEX}`),
    bad('state-longer-than-image', 'STATE_MISMATCH', `${ASKED} rootseal.state=${'5e'.repeat(64)}`),
    bad('state-of-other-mode-none', 'STATE_MISMATCH', `rootseal.state=${OTHER_HEX}.1 ${ASKED}`, 'none'),
    bad('state-without-digest', 'DIGEST_MISSING', `rootseal.state=${HEX}`),
    bad('sequence-empty', 'SEQUENCE_INVALID', `${ASKED} rootseal.min-sequence=`),
    bad('sequence-negative', 'SEQUENCE_INVALID', `${ASKED} rootseal.min-sequence=-1`),
    bad('sequence-leading-zero', 'SEQUENCE_INVALID', `${ASKED} rootseal.min-sequence=01`),
    bad('sequence-2-to-53', 'SEQUENCE_INVALID', `${ASKED} rootseal.min-sequence=9007199254740992`),
    bad('sequence-wraps', 'SEQUENCE_INVALID', `${ASKED} rootseal.min-sequence=18446744073709551617`),
    bad('sequence-twice', 'REPEATED', `${ASKED} rootseal.min-sequence=5 rootseal.min-sequence=1`),
    bad('first-problem-decides', 'STATE_INVALID', 'rootseal.state=x rootseal.y composefs=1'),
    bad('nul', 'NUL', `${ASKED}\0`),
    bad('65537-bytes', 'TOO_LONG', `${ASKED} ${'x'.repeat(65536 - ASKED.length)}`),
  ];
}

function floors(): BootVector[] {
  const floor = (name: string, bytes: string, value?: string): BootVector => ({
    name: `floor-${name}`,
    kind: 'floor',
    bytes,
    verdict: value === undefined ? 'FLOOR_INVALID' : `FLOOR_ACCEPTED ${value}`,
  });
  return [
    floor('zero', '0\n', '0'),
    floor('number', '1795428000\n', '1795428000'),
    floor('largest', '9007199254740991\n', '9007199254740991'),
    floor('empty', ''),
    floor('newline-alone', '\n'),
    floor('without-newline', '5'),
    floor('two-newlines', '5\n\n'),
    floor('two-lines', '5\n6\n'),
    floor('space-before', ' 5\n'),
    floor('space-after', '5 \n'),
    floor('carriage-return', '5\r\n'),
    floor('leading-zero', '05\n'),
    floor('sign', '+5\n'),
    floor('negative', '-5\n'),
    floor('hex', '0x5\n'),
    floor('2-to-53', '9007199254740992\n'),
    floor('17-digits', '10000000000000000\n'),
    floor('wraps-64-bits', '18446744073709551617\n'),
    floor('nul', '5\0\n'),
  ];
}

/** A command line that was signed, and what the kernel has got. */
function exact(name: string, signed: string, line: string, code?: string): BootVector {
  const verdict = code ?? `ACCEPTED ${IMAGE} ${HEX} 0 required`;
  const known = { name: `exact-${name}`, kind: 'cmdline', mode: 'seal' } as const;
  return { ...known, signed, bytes: line, verdict: `CMDLINE_${verdict}` };
}

function exactLines(): BootVector[] {
  const signed = `${ASKED} quiet`;
  const extra = (name: string, words: string) =>
    exact(`extra-${name}`, signed, `${signed} ${words}\n`, 'EXTRA');
  const console = (name: string, value: string) =>
    exact(`console-${name}`, signed, `${signed} console=${value}\n`);
  const noConsole = (name: string, value: string) =>
    extra(`console-${name}`, `console=${value}`);
  return [
    exact('same', signed, signed),
    exact('same-newline', signed, `${signed}\n`),
    exact('same-quotes', `${ASKED} a="b c" "d e=f"`, `${ASKED} a="b c" "d e=f"\n`),
    exact('spaces-behind', signed, `${signed}  \n`),
    exact('two-consoles', signed, `${signed} console=tty0 console=ttyS0,115200\n`),
    exact('spaces-between-consoles', signed, `${signed}  console=tty0  console=hvc0\n`),
    exact('behind-double-dash', `${ASKED} --`, `${ASKED} -- console=ttyS0\n`),
    console('serial', 'ttyS0'),
    console('speed', 'ttyAMA0,115200'),
    console('parity', 'ttyS1,9600n'),
    console('bits', 'ttyS1,9600o7'),
    console('flow', 'ttyS1,9600e8r'),
    console('longest', 'ttymxcxx123,1234567n8r'),
    // Words of the kernel, of systemd and of scripts that boot entries, firmware and addons could give.
    extra('init', 'init=/bin/sh'),
    extra('rdinit', 'rdinit=/bin/sh'),
    extra('unit', 'systemd.unit=rescue.target'),
    extra('credential', 'systemd.set_credential=passwd.plaintext-password.root:x'),
    extra('import-credentials', 'systemd.import_credentials=yes'),
    extra('variable', 'LD_PRELOAD=/x'),
    extra('module', 'lockdown=none'),
    extra('quiet-again', 'quiet'),
    extra('double-dash', '--'),
    extra('bare-console', 'console'),
    extra('console-among-others', 'console=ttyS0 init=/bin/sh'),
    extra('others-before-console', 'init=/bin/sh console=ttyS0'),
    extra('min-sequence', 'rootseal.min-sequence=5'),
    extra('upper-case', 'Console=ttyS0'),
    extra('similar', 'console.x=ttyS0'),
    extra('earlycon', 'earlycon=uart8250,mmio32,0x1000'),
    noConsole('empty', ''),
    noConsole('null', 'null'),
    noConsole('without-number', 'ttyS'),
    noConsole('number-alone', '0'),
    noConsole('mmio', 'uart8250,mmio32,0x1000'),
    noConsole('io', 'uart,io,0x3f8,115200n8'),
    noConsole('address', 'pl011,0x1000'),
    noConsole('hex-speed', 'ttyS0,0x10'),
    noConsole('braille', 'brl,ttyS0'),
    noConsole('device-name', '00:04.0,115200'),
    noConsole('path', '/dev/ttyS0'),
    noConsole('two-commas', 'ttyS0,115200,n8'),
    noConsole('comma-behind', 'ttyS0,'),
    noConsole('parity-unknown', 'ttyS0,9600x8'),
    noConsole('bits-unknown', 'ttyS0,9600n9'),
    noConsole('behind-flow', 'ttyS0,9600n8rx'),
    noConsole('long-name', 'ttyabcdef0'),
    noConsole('long-number', 'ttyS1234'),
    noConsole('long-speed', 'ttyS0,12345678'),
    noConsole('quoted', '"ttyS0"'),
    noConsole('quoted-word-inside', '"ttyS0 init=/bin/sh"'),
    noConsole('open-quote', '"ttyS0 init=/bin/sh'),
    noConsole('quote-behind', 'ttyS0"'),
    noConsole('single-quotes', "'ttyS0 init=/bin/sh'"),
    noConsole('backslash', 'ttyS0\\'),
    noConsole('tab', 'ttyS0\tinit=/bin/sh'),
    noConsole('newline', 'ttyS0\ninit=/bin/sh'),
    noConsole('second-newline', 'ttyS0\n'),
    noConsole('no-break-space', 'ttyS0\xa0init=/bin/sh'),
    noConsole('not-ascii', 'tt\xe90'),
    extra('quoted-console', '"console=ttyS0"'),
    extra('tab-before', '\tconsole=ttyS0'),
    exact('digest-again', signed, `${signed} ${ASKED}\n`, 'REPEATED'),
    exact('unknown-word-of-ours', signed, `${signed} composefs.x=1\n`, 'UNKNOWN'),
    exact('word-missing', signed, `${ASKED}\n`, 'CHANGED'),
    exact('word-changed', signed, `${ASKED} quieT\n`, 'CHANGED'),
    exact('word-longer', signed, `${signed}er\n`, 'CHANGED'),
    exact('word-before', signed, `console=ttyS0 ${signed}\n`, 'CHANGED'),
    exact('initrd-of-a-boot-entry', signed, `initrd=\\x ${signed}\n`, 'CHANGED'),
    exact('other-order', signed, `quiet ${ASKED}\n`, 'CHANGED'),
    exact('other-white-space', signed, `${ASKED}  quiet\n`, 'CHANGED'),
    exact('space-before', signed, ` ${signed}\n`, 'CHANGED'),
    exact('newline-before-console', signed, `${signed}\n console=ttyS0\n`, 'CHANGED'),
    exact('quote-behind', signed, `${signed}" console=ttyS0\n`, 'CHANGED'),
    exact('other-image', `${ASKED.replace(HEX, OTHER_HEX)} quiet`, `${signed}\n`, 'CHANGED'),
    exact('words-quoted-otherwise', `${ASKED} a=b`, `${ASKED} a="b"\n`, 'CHANGED'),
  ];
}

function manifests(): BootVector[] {
  const manifest = (name: string, bytes: string, found?: string): BootVector => ({
    name: `manifest-${name}`,
    kind: 'manifest',
    bytes,
    verdict: found === undefined ? 'MANIFEST_INVALID' : `MANIFEST_ACCEPTED ${found}`,
  });
  const start = 'rootseal trust manifest v1\n';
  const line = 'command-line 5\nquiet\n';
  const etc = '/etc/rootseal';
  const vendor = '/usr/lib/rootseal';
  const file = (path: string, content = 'x') => `file ${content.length} ${path}\n${content}\n`;
  const withFiles = (...files: string[]) => `${start}${line}${files.join('')}end\n`;
  const whole = encodeTrustManifest({
    commandLine: `${ASKED} dyndbg="file a.c +p"`,
    policy: { path: `${etc}/setup-root.conf`, content: Buffer.from('[verify]\nmode=seal\n') },
    keys: ['a', 'b'].map((name) => ({
      path: `${vendor}/keys.d/${name}.pub`,
      content: Buffer.from(`# ${name}\n`),
    })),
    revocations: [{ path: `${etc}/revoked.d/list`, content: Buffer.from('') }],
  }).toString('latin1');
  const name = (bytes: number) => `${etc}/keys.d/${'x'.repeat(bytes - 4)}.pub`;
  return [
    manifest('plain', withFiles(), '5 0/0 0/0 0/0'),
    manifest('whole', whole, `${ASKED.length + 21} 1/19 2/8 1/0`),
    manifest('key-etc', withFiles(file(`${etc}/keys.d/x.pub`)), '5 0/0 1/1 0/0'),
    manifest('content-like-a-record', withFiles(file(`${etc}/revoked.d/x`, file('y'))), '5 0/0 0/0 1/11'),
    manifest('name-with-space', withFiles(file(`${etc}/keys.d/a b.pub`)), '5 0/0 1/1 0/0'),
    manifest('name-utf8', withFiles(file(`${etc}/keys.d/\xc3\xa9.pub`)), '5 0/0 1/1 0/0'),
    manifest('name-255', withFiles(file(name(255))), '5 0/0 1/1 0/0'),
    manifest('line-2047', `${start}command-line 2047\n${'x'.repeat(2047)}\nend\n`, '2047 0/0 0/0 0/0'),
    manifest('file-65536', withFiles(file(`${etc}/keys.d/x.pub`, 'x'.repeat(65536))), '5 0/0 1/65536 0/0'),
    manifest('empty', ''),
    manifest('first-line-alone', start),
    manifest('version-2', withFiles().replace('v1', 'v2')),
    manifest('byte-order-mark', `\xef\xbb\xbf${withFiles()}`),
    manifest('carriage-returns', withFiles().replaceAll('\n', '\r\n')),
    manifest('no-line', `${start}end\n`),
    manifest('two-lines', `${start}${line}${line}end\n`),
    manifest('line-behind-file', `${start}${file(`${etc}/keys.d/x.pub`)}${line}end\n`),
    manifest('line-empty', `${start}command-line 0\n\nend\n`),
    manifest('line-2048', `${start}command-line 2048\n${'x'.repeat(2048)}\nend\n`),
    manifest('line-newline', `${start}command-line 5\nqu\net\nend\n`),
    manifest('line-tab', `${start}command-line 5\nqu\tet\nend\n`),
    manifest('line-two-spaces', `${start}command-line 5\na  bc\nend\n`),
    manifest('line-space-first', `${start}command-line 5\n abcd\nend\n`),
    manifest('line-space-last', `${start}command-line 5\nabcd \nend\n`),
    manifest('line-spaces-quoted', `${start}command-line 5\n"   "\nend\n`, '5 0/0 0/0 0/0'),
    manifest('line-open-quote', `${start}command-line 5\nab"cd\nend\n`),
    manifest('line-single-quote', `${start}command-line 5\nab'cd\nend\n`),
    manifest('line-backslash', `${start}command-line 5\nab\\cd\nend\n`),
    manifest('line-not-ascii', `${start}command-line 5\nab\xa0cd\nend\n`),
    manifest('line-short', `${start}command-line 4\nquiet\nend\n`),
    manifest('line-long', `${start}command-line 6\nquiet\nend\n`),
    manifest('size-zero-before', withFiles().replace(' 5', ' 05')),
    manifest('size-sign', withFiles().replace(' 5', ' +5')),
    manifest('size-hex', withFiles().replace(' 5', ' 0x5')),
    manifest('size-none', withFiles().replace(' 5', ' ')),
    manifest('size-two-spaces', withFiles().replace(' 5', '  5')),
    manifest('size-wraps', withFiles(file(`${etc}/keys.d/x.pub`).replace('1', '18446744073709551617'))),
    manifest('size-beyond-end', withFiles(file(`${etc}/keys.d/x.pub`).replace('1', '60000'))),
    manifest('file-65537', withFiles(file(`${etc}/keys.d/x.pub`, 'x'.repeat(65537)))),
    manifest('file-without-path', withFiles('file 1 \nx\n')),
    manifest('file-without-newline', withFiles(`file 1 ${etc}/keys.d/x.pub\nx`)),
    manifest('path-elsewhere', withFiles(file('/etc/passwd'))),
    manifest('path-below', withFiles(file(`${etc}/keys.d/a/x.pub`))),
    manifest('path-dots', withFiles(file(`${etc}/keys.d/../x.pub`))),
    manifest('path-relative', withFiles(file(`${etc.slice(1)}/keys.d/x.pub`))),
    manifest('path-unknown-name', withFiles(file(`${etc}/keys.e/x.pub`))),
    manifest('path-policy-like', withFiles(file(`${etc}/setup-root.conf.d`))),
    manifest('path-prefix', withFiles(file('/etc/rootsealx/keys.d/x.pub'))),
    manifest('key-without-suffix', withFiles(file(`${etc}/keys.d/x`))),
    manifest('key-suffix-alone', withFiles(file(`${etc}/keys.d/.pub`))),
    manifest('name-with-dot-first', withFiles(file(`${etc}/revoked.d/.x`))),
    manifest('name-empty', withFiles(file(`${etc}/revoked.d/`))),
    manifest('name-256', withFiles(file(name(256)))),
    manifest('name-control', withFiles(file(`${etc}/revoked.d/a\x1bb`))),
    manifest('name-delete', withFiles(file(`${etc}/revoked.d/a\x7fb`))),
    manifest('name-nul', withFiles(file(`${etc}/revoked.d/a\0b`))),
    manifest('name-not-utf8', withFiles(file(`${etc}/revoked.d/\xe9`))),
    manifest('two-policies', withFiles(file(`${etc}/setup-root.conf`), file(`${vendor}/setup-root.conf`))),
    manifest('file-twice', withFiles(file(`${etc}/revoked.d/x`), file(`${etc}/revoked.d/x`))),
    manifest('other-order', withFiles(file(`${etc}/revoked.d/x`), file(`${etc}/keys.d/x.pub`))),
    manifest('longer-path-first', withFiles(file(`${etc}/revoked.d/xy`), file(`${etc}/revoked.d/x`))),
    manifest('without-end', `${start}${line}`),
    manifest('end-without-newline', withFiles().slice(0, -1)),
    manifest('behind-end', `${withFiles()}\n`),
    manifest('end-twice', `${withFiles()}end\n`),
    manifest('empty-line', withFiles('\n')),
  ];
}

function assurances(): BootVector[] {
  const all = 'secure-boot,user-mode,manifest';
  const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('latin1');
  const stub = utf16('systemd-stub 257.13-1~deb13u1\0');
  const boot = (
    name: string,
    missing: string,
    { facts = all, bytes = stub, mode = 'seal' }: Partial<BootVector> = {},
  ): BootVector => {
    const word = mode === 'none' ? 'unverified' : missing === '' ? 'sealed' : 'verified';
    const verdict = missing === '' ? `ASSURANCE_ACCEPTED ${word}` : `ASSURANCE_MISSING ${word} ${missing}`;
    return { name: `assurance-${name}`, kind: 'stub', mode, facts, bytes, verdict };
  };
  const version = (name: string, text: string) =>
    boot(name, 'stub-version', { bytes: utf16(text) });
  return [
    boot('sealed', ''),
    boot('sealed-mode-cmdline', '', { mode: 'cmdline' }),
    boot('stub-260', '', { bytes: utf16('systemd-stub 260\0') }),
    boot('stub-without-nul', '', { bytes: utf16('systemd-stub 257.13') }),
    boot('mode-none', 'verification', { mode: 'none' }),
    boot('secure-boot-off', 'secure-boot', { facts: 'user-mode,manifest' }),
    boot('setup-mode', 'setup-mode', { facts: 'secure-boot,manifest' }),
    boot('no-manifest', 'trust-manifest', { facts: 'secure-boot,user-mode' }),
    boot('no-stub', 'unified-kernel-image stub-version', { bytes: '' }),
    boot('nothing', 'verification secure-boot setup-mode unified-kernel-image stub-version trust-manifest', {
      facts: '-',
      bytes: '',
      mode: 'none',
    }),
    version('stub-261', 'systemd-stub 261\0'),
    version('stub-262', 'systemd-stub 262.1-1\0'),
    version('stub-1000', 'systemd-stub 1000\0'),
    version('stub-wraps', 'systemd-stub 4294967296\0'),
    version('stub-without-version', 'systemd-stub \0'),
    version('stub-of-another-name', 'other-stub 257\0'),
    version('stub-name-longer', 'systemd-stub-x 257\0'),
    version('stub-version-cut', 'systemd-stu'),
    version('stub-not-ascii', 'systemd-stub \u0132\u0135\u0137'),
    boot('stub-in-bytes', 'stub-version', { bytes: 'systemd-stub 257\0' }),
    boot('stub-of-one-byte', 'stub-version', { bytes: 's' }),
  ];
}

/** All vectors, in a fixed order. */
export function bootVectors(): readonly BootVector[] {
  return [
    ...accepted(),
    ...refused(),
    ...exactLines(),
    ...floors(),
    ...manifests(),
    ...assurances(),
  ];
}
