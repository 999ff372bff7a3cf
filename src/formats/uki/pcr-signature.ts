/**
 * The section `.pcrsig`: a signature for each state of PCR 11 that may open a secret (systemd 257, systemd-measure(1), "sign";
 * TPM 2.0 Part 3, TPM2_PolicyPCR). JSON, with the spaces that ukify puts into it.
 */
import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { FormatError } from '../../util/errors.js';
import { parseJsonDocument } from '../json-document.js';
import { isRecord } from '../../util/checks.js';
import { BOOT_PHASES, pcr11, type PcrBank } from './pcr11.js';
import type { UkiSections } from './uki-sections.js';

const FORMAT = 'PCR signature';
/** Longest section, in bytes. */
export const PCR_SIGNATURE_MAX = 1 << 18;
/** Longest `.pcrpkey`, in bytes. */
export const PCR_PUBLIC_KEY_MAX = 1 << 14;
const SIGNATURES_MAX = 64;
/** What TPMs take; nearly all take 2048 alone. */
const RSA_BITS: readonly number[] = [2048, 3072, 4096];

const TPM2_CC_POLICY_PCR = 0x0000017f;
const TPM2_ALG_SHA256 = 0x000b;
const PCR_INDEX = 11;
/** The one that TPMs have and policies of systemd use. */
const BANK: PcrBank = 'sha256';

/** One signature. */
export interface PcrSignature {
  /** SHA-256 of the public key as PKCS #1 has it (RSAPublicKey), hex. */
  readonly pkfp: string;
  /** The policy digest that is signed, hex. */
  readonly pol: string;
  readonly sig: Buffer;
}

/**
 * @param key PEM or a key object; the private half for signing, any for the rest
 * @throws {FormatError} when it is not an RSA key of a size that TPMs take
 */
export function requirePcrKey(key: KeyObject): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (key.asymmetricKeyType === 'rsa' && bits !== undefined && RSA_BITS.includes(bits)) return key;
  throw new FormatError(FORMAT, `the key is not RSA with ${RSA_BITS.join(', ')} bits`);
}

/** What goes into `.pcrpkey`. */
export function encodePcrPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }) as string);
}

/** @throws {FormatError} when it is not a public key in PEM */
export function parsePcrPublicKey(bytes: Uint8Array): KeyObject {
  if (bytes.length > PCR_PUBLIC_KEY_MAX)
    throw new FormatError(FORMAT, `more than ${PCR_PUBLIC_KEY_MAX} bytes`, { field: '.pcrpkey' });
  const text = Buffer.from(bytes).toString('latin1');
  if (/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n$/.test(text)) {
    try {
      return requirePcrKey(createPublicKey(text));
    } catch (error) {
      if (error instanceof FormatError) throw error;
    }
  }
  throw new FormatError(FORMAT, 'it is not a public key in PEM', { field: '.pcrpkey' });
}

/**
 * What a TPM's policy session says when PCR 11 of the SHA-256 bank has this value: digest of TPM2_PolicyPCR. 32 bytes.
 */
export function pcrPolicyDigest(value: Uint8Array): Buffer {
  const selection = Buffer.alloc(4 + 4 + 2 + 1 + 3);
  selection.writeUInt32BE(TPM2_CC_POLICY_PCR, 0);
  // TPML_PCR_SELECTION: one bank, three bytes of bits.
  selection.writeUInt32BE(1, 4);
  selection.writeUInt16BE(TPM2_ALG_SHA256, 8);
  selection.writeUInt8(3, 10);
  selection.writeUInt8(1 << (PCR_INDEX % 8), 11 + Math.floor(PCR_INDEX / 8));
  const before = Buffer.alloc(32);
  return hash(
    'sha256',
    Buffer.concat([before, selection, hash('sha256', value, 'buffer')]),
    'buffer',
  );
}

/**
 * Signs what PCR 11 will be in each phase. The same key and sections give the same bytes.
 * @param key the private half
 * @param phases as `pcr11` takes them
 */
export function encodePcrSignatures(
  sections: UkiSections,
  key: KeyObject,
  phases: readonly string[],
): Buffer {
  const pkfp = fingerprintOf(key);
  return print(
    phases.map((phase) => {
      const pol = pcrPolicyDigest(pcr11(sections, phase));
      return { pkfp, pol: pol.toString('hex'), sig: sign(BANK, pol, key) };
    }),
  );
}

function print(signatures: readonly PcrSignature[]): Buffer {
  const list = signatures.map(
    ({ pkfp, pol, sig }) =>
      `{"pcrs": [${PCR_INDEX}], "pkfp": "${pkfp}", "pol": "${pol}", "sig": "${sig.toString('base64')}"}`,
  );
  return Buffer.from(`{"${BANK}": [${list.join(', ')}]}`);
}

function fingerprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return hash('sha256', publicKey.export({ type: 'pkcs1', format: 'der' }));
}

/** @throws {FormatError} when it is not, byte for byte, what `encodePcrSignatures` writes */
export function parsePcrSignatures(bytes: Uint8Array): PcrSignature[] {
  const document = parseJsonDocument(FORMAT, bytes, PCR_SIGNATURE_MAX);
  const list = isRecord(document) ? document[BANK] : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > SIGNATURES_MAX)
    throw wrong(`expected a list "${BANK}" of 1 to ${SIGNATURES_MAX}`);
  const signatures = list.map((item: unknown): PcrSignature => {
    const { pkfp, pol, sig }: Record<string, unknown> = isRecord(item) ? item : {};
    if (!isHex(pkfp) || !isHex(pol) || typeof sig !== 'string')
      throw wrong('expected pkfp, pol and sig');
    return { pkfp, pol, sig: Buffer.from(sig, 'base64') };
  });
  // Two readers of JSON must not see two things: no other keys, no key twice.
  if (!print(signatures).equals(bytes)) throw wrong('it is not written as ukify writes it');
  return signatures;
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function wrong(what: string): FormatError {
  return new FormatError(FORMAT, what, { field: '.pcrsig' });
}

/**
 * Says what is wrong with the sections `.pcrpkey` and `.pcrsig` of an image, or nothing: each signature must be by that key, for a
 * state that this image comes to.
 * @throws {FormatError} when one of them is malformed
 */
export function pcrSignatureProblem(
  sections: UkiSections,
  phases: readonly string[],
): string | undefined {
  const [pcrpkey, pcrsig] = [sections.get('.pcrpkey'), sections.get('.pcrsig')];
  if (pcrpkey === undefined)
    return pcrsig === undefined ? undefined : '.pcrsig is there without .pcrpkey';
  const key = parsePcrPublicKey(pcrpkey);
  if (pcrsig === undefined) return '.pcrpkey is there without .pcrsig';
  const states = new Set(
    phases.map((phase) => pcrPolicyDigest(pcr11(sections, phase)).toString('hex')),
  );
  for (const { pkfp, pol, sig } of parsePcrSignatures(pcrsig)) {
    if (pkfp !== fingerprintOf(key)) return '.pcrsig has a signature by another key than .pcrpkey';
    if (!states.has(pol)) return '.pcrsig signs a state that this image does not come to';
    if (!verify('sha256', Buffer.from(pol, 'hex'), key, sig))
      return '.pcrsig has a signature that is wrong';
  }
  return undefined;
}

/**
 * Phases of a boot for which an image has a signature; one that signs another state is not among them.
 * @throws {FormatError} when `.pcrsig` is malformed
 */
export function signedPhases(sections: UkiSections): string[] {
  const pcrsig = sections.get('.pcrsig');
  if (pcrsig === undefined) return [];
  const signed = new Set(parsePcrSignatures(pcrsig).map(({ pol }) => pol));
  const isSigned = (phase: string) =>
    signed.has(pcrPolicyDigest(pcr11(sections, phase)).toString('hex'));
  return ['', ...BOOT_PHASES].filter(isSigned);
}
