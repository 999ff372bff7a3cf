/** Both implementations of docs/formats/seal.md, policy.md and trust-manifest.md must decide alike, whatever they are given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBoot, cannotBuild, runBoot } from '../helpers/boot-program.js';
import { Random } from '../helpers/random.js';
import { exactVerdict, manifestVerdict } from '../helpers/manifest-verdict.js';
import { policyVerdict, sealVerdict, type SealQuestion } from '../helpers/seal-verdict.js';
import { bootVectors } from '../vectors/boot/cases.js';
import {
  audit,
  build,
  COMMIT,
  IMAGE,
  keysOf,
  OTHER_IMAGE,
  release,
  SEQUENCE,
  sealed,
  textWith,
} from '../vectors/seal/parts.js';

const skip = cannotBuild;
const SEED = 20261123;

/** What the grammars are made of: mutants of these reach further than random bytes. */
const TOKENS = [
  ...['\n', '\n\n', ' ', '\t', '=', ':', '+', '#', ';', '\r', '\0', '[', ']', '0', '9', '=='],
  ...['[verify]\n', '[root]\n', 'mode=none\n', 'threshold=2\n', 'name=x\n', 'min-sequence=7\n'],
  ...['\u2014 ', '\u00a0', '\u2028', '\u3000', '\u0085', '\ufeff', '\u{1f512}', '\u200b', '\u180e'],
  ...[
    '9007199254740991',
    '9007199254740992',
    'A===',
    `image: ${OTHER_IMAGE}\n`,
    `${OTHER_IMAGE}\n`,
  ],
  ...[release.keyId, build.keyId, release.name, `${release.keyId}\n`],
].map((token) => Buffer.from(token, 'utf8'));
const BAD_UTF8 = ['c0af', 'e08080', 'eda080', 'f08080af', 'f4908080', 'ff', 'e28094'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

function splice(bytes: Buffer, start: number, end: number, middle: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(end)]);
}

/** One small change. */
function edit(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(0, bytes.length);
  const end = Math.min(bytes.length, at + random.integer(1, random.pick([1, 2, 8, 200])));
  const to = random.integer(0, bytes.length);
  switch (random.integer(0, 7)) {
    case 0:
      return splice(
        bytes,
        at,
        at + 1,
        Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.integer(0, 7))),
      );
    case 1:
      return splice(bytes, at, at + 1, random.bytes(1));
    case 2:
      return splice(bytes, at, end, Buffer.alloc(0));
    case 3:
      return splice(bytes, to, to, bytes.subarray(at, end));
    case 4:
      return splice(bytes, at, at, random.pick(BAD_UTF8));
    case 5:
      return splice(bytes, at, end, random.pick(TOKENS));
    case 6:
      return swapLines(bytes, random);
    default:
      return splice(bytes, at, at, random.pick(TOKENS));
  }
}

function swapLines(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [a, b] = [random.integer(0, lines.length - 1), random.integer(0, lines.length - 1)];
  [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  return Buffer.from(lines.join('\n'), 'latin1');
}

function mutate(text: string | Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(text as string, 'utf8');
  for (let edits = random.pick([1, 1, 1, 2, 3]); edits > 0; edits--) bytes = edit(bytes, random);
  return bytes;
}

const POLICIES = [
  '',
  '[verify]\nmode=seal\n',
  '[verify]\nthreshold=2\nname=debian-trixie\n',
  `# all\n[verify]\nmode = cmdline\nthreshold=1\nname=debian-trixie\nmin-sequence=${SEQUENCE}\n[root]\ntransient=yes\n[etc]\nmount=overlay\n[var]\nmount=transient\n`,
  `[verify]\nmin-sequence=${SEQUENCE + 1}\n`,
  '[verify]\nname=other\n',
  '[etc]\nmount=none\n[var]\nmount=none\n[verify]\nmode=none\n',
];
const KEYS = [keysOf(release), keysOf(release, build), `# ours\n${keysOf(release, build, audit)}`];
const REVOKED = ['', `${OTHER_IMAGE}\n`, `# stolen\n${build.keyId}\n`, `00000000\n${IMAGE}\n`];

/** A question that is mostly answered with yes. */
function goodQuestion(random: Random): Record<keyof SealQuestion, string | Buffer> {
  const signers = random.pick([[release], [release, build], [audit, release, build], [build]]);
  return {
    note: sealed(textWith(), ...signers),
    policy: random.pick(POLICIES),
    keys: random.pick(KEYS),
    revoked: random.pick(REVOKED),
    image: random.pick([...Array<string>(9).fill(IMAGE), OTHER_IMAGE]),
    commit: random.pick(['', COMMIT, COMMIT, COMMIT, 'c1'.repeat(32)]),
  };
}

/** A mutant of a good question: one file changed, or a changed text that was signed. */
function badQuestion(random: Random): SealQuestion {
  const question = goodQuestion(random);
  const field = random.pick(['note', 'note', 'text', 'text', 'keys', 'revoked', 'policy'] as const);
  if (field === 'text') {
    const text = mutate(textWith(), random).toString('utf8');
    question.note = sealed(text, release, build);
  } else {
    question[field] = mutate(question[field], random);
  }
  const bytes = (value: string | Buffer) => Buffer.from(value as string, 'utf8');
  return {
    note: bytes(question.note),
    policy: bytes(question.policy),
    keys: bytes(question.keys),
    revoked: bytes(question.revoked),
    image: String(question.image),
    commit: String(question.commit),
  };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64') || '-';

function printQuestion({ note, policy, keys, revoked, image, commit }: SealQuestion): string {
  const lines = [`note ${base64(note)}`, `policy ${base64(policy)}`, `keys ${base64(keys)}`];
  return [
    ...lines,
    `revoked ${base64(revoked)}`,
    `image ${image}`,
    `commit ${commit || '-'}`,
    '',
  ].join('\n');
}

/** Lets the boot program decide all records in one run, and compares; a difference is shown with its record. */
function compare(records: readonly string[], expected: readonly string[]): void {
  const { status, output } = runBoot(buildBoot('verdict'), [], records.join('\n'));
  assert.equal(status, 0, output);
  const found = output.trimEnd().split('\n');
  assert.equal(found.length, records.length);
  for (const [index, record] of records.entries())
    assert.equal(found[index], expected[index], `seed ${SEED}, case ${index}:\n${record}`);
}

test('C and TypeScript give the same code for 4,000 mutants of good seals', { skip }, () => {
  const random = new Random(SEED);
  const questions = Array.from({ length: 4000 }, () => badQuestion(random));
  const expected = questions.map(sealVerdict);
  compare(questions.map(printQuestion), expected);
  // Mutants that all fail at the same step would prove little: every code there is must have come up.
  assert.equal(new Set(expected).size, 13, [...new Set(expected)].join(' '));
});

test('C and TypeScript read the same from 20,000 mutants of policies', { skip }, () => {
  const random = new Random(SEED + 1);
  const policies = Array.from({ length: 20_000 }, () => mutate(random.pick(POLICIES), random));
  const expected = policies.map(policyVerdict);
  compare(
    policies.map((policy) => `policy ${base64(policy)}\n`),
    expected,
  );
  assert.ok(expected.filter((code) => code.startsWith('POLICY_ACCEPTED')).length > 1000);
});

/** What trust manifests and command lines are made of. */
const SIGNED_TOKENS = [
  ...['"', "'", '\\', '  ', '\xa0', 'end\n', 'file 1 ', 'command-line 5\n', '\n\n', ' quiet'],
  ...[' console=ttyS0,115200n8r', ' console=hvc0', 'console=', ' console=uart8250,mmio32,0x10'],
  ...[
    'file 1 /etc/rootseal/keys.d/z.pub\nx\n',
    '/usr/lib/rootseal/revoked.d/x',
    '.pub',
    ' init=/x',
  ],
].map((token) => Buffer.from(token, 'latin1'));

function mutateSigned(text: string, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(text, 'latin1');
  for (let edits = random.pick([0, 1, 1, 2, 3]); edits > 0; edits--) {
    const at = random.pick([bytes.length, random.integer(0, bytes.length)]);
    bytes = random.pick([true, false])
      ? splice(bytes, at, at, random.pick(SIGNED_TOKENS))
      : edit(bytes, random);
  }
  return bytes;
}

/** The texts of vectors that are short: mutants of long ones cost much and say little. */
const shortVectors = (kind: 'cmdline' | 'manifest') =>
  bootVectors().filter((vector) => vector.kind === kind && vector.bytes.length < 1000);

/** A good one, but for its size. */
function manifestOfSize(size: number): Buffer {
  const file = (name: number, length: number) =>
    `file ${length} /etc/rootseal/revoked.d/${name}\n${'#'.repeat(length)}\n`;
  const names = Array.from({ length: 16 }, (_, index) => index + 10);
  const start = `rootseal trust manifest v1\ncommand-line 5\nquiet\n${names.map((name) => file(name, 65_000)).join('')}`;
  const end = 'end\n';
  const last = size - start.length - file(99, 1000).length - end.length + 1000;
  return Buffer.from(`${start}${file(99, last)}${end}`);
}

test('C and TypeScript read the same from 10,000 mutants of trust manifests', { skip }, () => {
  const random = new Random(SEED + 2);
  const vectors = shortVectors('manifest');
  const good = vectors.filter(({ verdict }) => verdict.startsWith('MANIFEST_ACCEPTED'));
  const texts = Array.from({ length: 10_000 }, () =>
    mutateSigned(random.pick([random.pick(good), random.pick(vectors)]).bytes, random),
  );
  texts.push(manifestOfSize(1 << 20), manifestOfSize((1 << 20) + 1));
  const expected = texts.map(manifestVerdict);
  assert.deepEqual(
    expected.slice(-2).map((verdict) => verdict.split(' ')[0]),
    ['MANIFEST_ACCEPTED', 'MANIFEST_INVALID'],
  );
  compare(
    texts.map((text) => `manifest ${base64(text)}\n`),
    expected,
  );
  assert.ok(expected.filter((code) => code.startsWith('MANIFEST_ACCEPTED')).length > 1000);
});

test(
  'C and TypeScript compare 10,000 command lines alike with the one that was signed',
  { skip },
  () => {
    const random = new Random(SEED + 3);
    const vectors = shortVectors('cmdline').filter(({ signed }) => signed !== undefined);
    const good = vectors.filter(({ verdict }) => verdict.startsWith('CMDLINE_ACCEPTED'));
    const lines = Array.from({ length: 10_000 }, () => {
      const { bytes, signed = '' } = random.pick([random.pick(good), random.pick(vectors)]);
      return { line: mutateSigned(bytes, random), signed: Buffer.from(signed, 'latin1') };
    });
    const expected = lines.map(exactVerdict);
    compare(
      lines.map(({ line, signed }) => `exact ${base64(line)}\nsigned ${base64(signed)}\n`),
      expected,
    );
    for (const code of ['CMDLINE_ACCEPTED', 'CMDLINE_EXTRA', 'CMDLINE_CHANGED'])
      assert.ok(expected.filter((one) => one === code).length > 1000, code);
  },
);
