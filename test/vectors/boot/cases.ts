/** The vectors of what the boot program reads besides seals: the kernel command line and the sequence floor. */
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
  /** Which of the two; `bytes` are those of the command line or the file. */
  readonly kind: 'cmdline' | 'floor';
  /** The policy's mode; for a command line only. */
  readonly mode?: 'seal' | 'cmdline' | 'none';
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

/** All vectors, in a fixed order. */
export function bootVectors(): readonly BootVector[] {
  return [...accepted(), ...refused(), ...floors()];
}
