/** Ed25519 vectors: honest ones and those on which libraries disagree. */
import { Point } from '@noble/ed25519';
import { ed25519PublicKey, ed25519Sign } from '../../../src/formats/seal/ed25519.js';
import { TORSION, release, signTwisted, signWithZeroNonce, withLargeS } from './parts.js';

export interface Ed25519Vector {
  /** One word. */
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

const hex = (text: string) => Buffer.from(text, 'hex');

/** RFC 8032 section 7.1: secret key and message; public key and signature follow from them. */
const RFC8032: readonly (readonly [name: string, seed: string, message: string])[] = [
  ['rfc8032-test-1', '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', ''],
  ['rfc8032-test-2', '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', '72'],
  ['rfc8032-test-3', 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'af82'],
];

/** Every encoding of a point of small order, canonical or not. */
export const SMALL_ORDER: readonly (readonly [name: string, encoding: string])[] = [
  ['identity', '01' + '00'.repeat(31)],
  ['order-2', 'ec' + 'ff'.repeat(30) + '7f'],
  ['order-4', '00'.repeat(32)],
  ['order-4-negative', '00'.repeat(31) + '80'],
  ['order-8-a', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['order-8-b', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
  ['order-8-c', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['order-8-d', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ['identity-sign', '01' + '00'.repeat(30) + '80'],
  ['identity-plus-p', 'ee' + 'ff'.repeat(30) + '7f'],
  ['identity-plus-p-sign', 'ee' + 'ff'.repeat(31)],
  ['order-2-sign', 'ec' + 'ff'.repeat(31)],
  ['order-4-plus-p', 'ed' + 'ff'.repeat(30) + '7f'],
  ['order-4-plus-p-sign', 'ed' + 'ff'.repeat(31)],
];

const message = Buffer.from('rootseal');
const honest = ed25519Sign(message, release.seed);

function honestVectors(): Ed25519Vector[] {
  const vectors = RFC8032.map(([name, seed, text]) => ({
    name,
    publicKey: ed25519PublicKey(hex(seed)),
    message: hex(text),
    signature: ed25519Sign(hex(text), hex(seed)),
    valid: true,
  }));
  const [first] = vectors;
  if (first === undefined) throw new Error('no vector');
  return [
    ...vectors,
    { ...first, name: 'rfc8032-other-message', message: hex('00'), valid: false },
  ];
}

function wrong(name: string, signature: Uint8Array, publicKey = release.publicKey): Ed25519Vector {
  return { name, publicKey, message, signature, valid: false };
}

function changed(index: number, mask: number): Uint8Array {
  const signature = Uint8Array.from(honest);
  signature[index] = (signature[index] ?? 0) ^ mask;
  return signature;
}

function smallOrderVectors(): Ed25519Vector[] {
  // With A of small order and S = 0, R = -[k]A is often a valid equation; R = A and R = identity are tried.
  return SMALL_ORDER.flatMap(([name, encoding]) => [
    wrong(
      `small-order-key-${name}`,
      Buffer.concat([hex(encoding), Buffer.alloc(32)]),
      hex(encoding),
    ),
    wrong(
      `small-order-key-identity-r-${name}`,
      Buffer.concat([Point.ZERO.toBytes(), Buffer.alloc(32)]),
      hex(encoding),
    ),
    wrong(`small-order-r-${name}`, Buffer.concat([hex(encoding), honest.subarray(32)])),
  ]);
}

function twistedVectors(): Ed25519Vector[] {
  const twist = (name: string, points: Parameters<typeof signTwisted>[2]) => {
    const { publicKey, signature } = signTwisted(message, release.seed, points);
    return { ...wrong(name, signature, publicKey) };
  };
  const order2 = TORSION.double().double();
  return [
    { ...twist('untwisted', {}), valid: true },
    twist('mixed-order-r', { r: TORSION }),
    twist('mixed-order-key', { a: TORSION }),
    twist('mixed-order-key-order-2', { a: order2 }),
    twist('mixed-order-both', { r: order2, a: order2 }),
    wrong('zero-nonce', signWithZeroNonce(message, release)),
  ];
}

/** All vectors, in a fixed order. */
export function ed25519Vectors(): readonly Ed25519Vector[] {
  return [
    ...honestVectors(),
    wrong('s-plus-l', withLargeS(honest)),
    wrong('s-all-ones', Buffer.concat([honest.subarray(0, 32), Buffer.alloc(32, 0xff)])),
    wrong('s-high-bit', changed(63, 0x80)),
    wrong('s-bit-252', changed(63, 0x10)),
    wrong('s-zero', Buffer.concat([honest.subarray(0, 32), Buffer.alloc(32)])),
    wrong('r-sign-flipped', changed(31, 0x80)),
    wrong('r-bit-flipped', changed(0, 1)),
    wrong('r-not-on-curve', Buffer.concat([hex('02' + '00'.repeat(31)), honest.subarray(32)])),
    wrong('key-not-on-curve', honest, hex('02' + '00'.repeat(31))),
    wrong('all-zero', Buffer.alloc(64), Buffer.alloc(32)),
    ...smallOrderVectors(),
    ...twistedVectors(),
  ];
}

/** The table: name, public key, message, signature and verdict, separated by spaces; no message is `-`. */
export function printEd25519Vectors(vectors: readonly Ed25519Vector[]): string {
  const of = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex') || '-';
  return vectors
    .map((vector) =>
      [
        vector.name,
        of(vector.publicKey),
        of(vector.message),
        of(vector.signature),
        vector.valid ? 'valid' : 'invalid',
      ].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}
