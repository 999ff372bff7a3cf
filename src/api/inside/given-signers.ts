/** Those who sign for a caller: keys of this library, and his own functions. */
import { makeKeyring } from '../../formats/seal/trusted-keys.js';
import { fileSigner, type KeyedSigner } from '../../release/keyed-signer.js';
import type { OutsideSigner, Signers } from '../../release/sealing.js';
import { RootsealError } from '../../util/errors.js';
import type { SignerKey, VerifierKey } from '../key-files.js';
import type { KeySigner, SignerFunction } from '../seal-report.js';
import { innerVerifier, secretOf } from './key-calls.js';

/**
 * @param known keys that the answers of functions are checked with besides
 * @throws {RootsealError} USAGE for what is no signer; FORMAT_INVALID for what is no key
 */
export function signersOf(
  given: readonly (SignerKey | KeySigner | SignerFunction)[],
  known: readonly VerifierKey[] = [],
): Signers {
  const keyed = given.flatMap((one) => (typeof one === 'function' ? [] : [keyedSigner(one)]));
  const outside = given.flatMap((one) => (typeof one === 'function' ? [outsideSigner(one)] : []));
  const keys = [...keyed.map(({ key }) => key), ...known.map(innerVerifier)];
  return { keyed, outside, known: makeKeyring(keys) };
}

function keyedSigner(signer: SignerKey | KeySigner): KeyedSigner {
  if (!('sign' in signer)) return fileSigner(secretOf(signer));
  const key = innerVerifier(signer.key);
  const name = `the signer function for ${key.name}+${key.keyId}`;
  return {
    key,
    name,
    sign: async (message, { about, signal }) => {
      // A copy: what is checked afterwards is not for the caller to change.
      const request = { commit: about?.['ROOTSEAL_COMMIT'] ?? '', signal };
      const signature: unknown = await signer.sign(Uint8Array.from(message), request);
      if (signature instanceof Uint8Array) return signature;
      throw new RootsealError('FAILED', `${name} returned no bytes`);
    },
  };
}

function outsideSigner(sign: SignerFunction): OutsideSigner {
  return {
    name: sign.name === '' ? 'a signer function' : `the signer function ${sign.name}`,
    sign: async (text, id) => Buffer.from(await sign(text, id), 'utf8'),
  };
}
