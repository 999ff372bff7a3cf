/** Keys of callers, and what is behind them. */
import {
  parseVerifierKey,
  printVerifierKey,
  type SignerKey as InnerSigner,
  type VerifierKey as InnerVerifier,
} from '../../formats/seal/key.js';
import {
  generateSignerKey,
  importKeyFile,
  openSignerKey,
  readKeyLine,
  verifierOfLine,
  writeKeyPair,
} from '../../release/keys.js';
import { parseNamedFile } from '../../release/named-file.js';
import { RootsealError } from '../../util/errors.js';
import type { PassphraseOptions, SignerKey, VerifierKey } from '../key-files.js';
import { call } from './run-call.js';

/** Secrets by the keys that callers hold, which show nothing of them. */
const secrets = new WeakMap<SignerKey, InnerSigner>();

export const generate = (name: string): Promise<SignerKey> =>
  call({}, () => wrapped(generateSignerKey(name)));

export const readSigner = (file: string, options: PassphraseOptions): Promise<SignerKey> =>
  call({}, () =>
    wrapped(openSignerKey(readKeyLine(file), file, () => passphraseOf(file, options))),
  );

export const parseSigner = (text: string, options: PassphraseOptions): Promise<SignerKey> =>
  call({}, () => {
    const [line = ''] = text.split('\n', 1);
    const name = 'the text';
    return wrapped(openSignerKey(line.trim(), name, () => passphraseOf(name, options)));
  });

export const importSigner = (file: string, name: string): Promise<SignerKey> =>
  call({}, () => wrapped(importKeyFile(file, name)));

export const writeSigner = (
  file: string,
  key: SignerKey,
  { passphrase }: PassphraseOptions,
): Promise<void> =>
  call({}, () => {
    const bytes = passphrase === undefined ? undefined : bytesOf(passphrase);
    if (bytes?.length === 0) throw new RootsealError('USAGE', `${file}: the passphrase is empty`);
    writeKeyPair(file, secretOf(key), bytes);
  });

export const readVerifier = (file: string, options: PassphraseOptions): Promise<VerifierKey> =>
  call({}, () => {
    const line = readKeyLine(file);
    const signer = () => openSignerKey(line, file, () => passphraseOf(file, options));
    return publicOf(verifierOfLine(file, line, signer));
  });

export const parseVerifier = (text: string): Promise<VerifierKey> =>
  call({}, () => publicOf(verifierOfText(text)));

/** @throws {RootsealError} USAGE when it is something that only looks like a key */
export function secretOf(key: SignerKey): InnerSigner {
  const secret = secrets.get(key);
  if (secret !== undefined) return secret;
  throw new RootsealError('USAGE', 'a signer key comes from a function of this library');
}

/** @throws {RootsealError} FORMAT_INVALID */
export function innerVerifier(key: VerifierKey): InnerVerifier {
  return verifierOfText(key.text);
}

function verifierOfText(text: string): InnerVerifier {
  return parseNamedFile('the verifier key', () => parseVerifierKey(text.trim()));
}

function wrapped(secret: InnerSigner): SignerKey {
  const { name, keyId } = secret;
  const key = Object.freeze({ name, keyId, verifier: publicOf(secret) });
  secrets.set(key, secret);
  return key;
}

function publicOf(key: InnerVerifier): VerifierKey {
  return Object.freeze({ name: key.name, keyId: key.keyId, text: printVerifierKey(key) });
}

function passphraseOf(name: string, { passphrase }: PassphraseOptions): Uint8Array {
  if (passphrase !== undefined) return bytesOf(passphrase);
  throw new RootsealError('USAGE', `${name} is encrypted: a passphrase is needed`);
}

function bytesOf(passphrase: string | Uint8Array): Uint8Array {
  return typeof passphrase === 'string' ? Buffer.from(passphrase, 'utf8') : passphrase;
}
