/** Makes a unified kernel image, has it signed, and puts it where it belongs. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readPe } from '../../formats/pe/read-pe.js';
import { requirePcrKey } from '../../formats/uki/pcr-signature.js';
import { kernelSignatureProblem } from '../../formats/uki/signed-kernel.js';
import { UKI_SIZE_MAX } from '../../formats/uki/uki-sections.js';
import { parseNamedFile, readNamedFile } from '../../release/named-file.js';
import { requestFile, type RsaSigner } from '../../release/secure-boot/rsa-signer.js';
import { signFile } from '../../release/secure-boot/sign-file.js';
import { writeOutputFile } from '../../repo/durable.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { writeUki } from '../../repo/ukis.js';
import { FormatError, RootsealError } from '../../util/errors.js';
import { buildUki, type UkiRequest } from './build-uki.js';
import { requireUkiOf } from './compare-uki.js';
import { STUB_SIZE_MAX } from './expected-uki.js';
import { factsOfUki, type UkiFacts } from './uki-facts.js';

/** Larger files are not keys. */
const KEY_SIZE_MAX = 1 << 16;

export interface MakeUkiRequest extends UkiRequest {
  /** Undefined: it is not signed. */
  readonly signer: RsaSigner | undefined;
  /** In place of the repository. */
  readonly output: string | undefined;
}

export interface MadeUki {
  /** Of the image, which is not signed yet when there is a request. */
  readonly facts: UkiFacts;
  /** What is to be signed elsewhere; undefined when the image is made. */
  readonly request: string | undefined;
}

/**
 * @throws {RootsealError} as `buildUki` and `signFile`; UNSUPPORTED when the kernel inside carries a signature by the signer's certificate;
 *   DIGEST_MISMATCH when what was made is not read back as it should be
 */
export async function makeUki(
  repository: Repository,
  revision: Revision,
  { signer, output, ...request }: MakeUkiRequest,
): Promise<MadeUki> {
  const { id } = revision;
  const unsigned = await buildUki(repository, revision, request);
  if (signer !== undefined) {
    const problem = kernelSignatureProblem(readPe(unsigned), [signer.certificate]);
    if (problem !== undefined) throw new RootsealError('UNSUPPORTED', problem);
  }
  const bytes = signer === undefined ? unsigned : await signFile(unsigned, signer, id);
  if (bytes === undefined) {
    const directory = signer?.source.kind === 'request' ? signer.source.directory : '';
    return { facts: factsOfUki(unsigned), request: requestFile(directory, id) };
  }
  // The same question is asked of an image that comes from elsewhere.
  await requireUkiOf(repository, revision, bytes, request.signal);
  if (output === undefined) writeUki(repository, id, bytes);
  else writeOutputFile(output, bytes);
  return { facts: factsOfUki(bytes), request: undefined };
}

/** @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID */
export function readStubFile(file: string): Buffer {
  const bytes = readBounded(file, STUB_SIZE_MAX, 'a stub');
  parseNamedFile(file, () => readPe(bytes));
  return bytes;
}

/** @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID */
export function readUkiFile(file: string): Buffer {
  return readBounded(file, UKI_SIZE_MAX, 'a unified kernel image');
}

function readBounded(file: string, limit: number, what: string): Buffer {
  const bytes = readNamedFile(file, limit);
  if (bytes.length <= limit) return bytes;
  throw new RootsealError(
    'FORMAT_INVALID',
    `${file} is longer than ${limit} bytes: it is not ${what}`,
  );
}

/**
 * The private key in a PEM file that signs what PCR 11 will be.
 * @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID when it is not an RSA key that TPMs take
 */
export function readPcrKey(file: string): KeyObject {
  const pem = readBounded(file, KEY_SIZE_MAX, 'a key');
  return parseNamedFile(file, () => {
    let key: KeyObject;
    try {
      key = createPrivateKey(pem);
    } catch {
      // What OpenSSL says of it ("unsupported") does not help.
      throw new FormatError('private key', 'expected one in PEM, without a passphrase');
    }
    return requirePcrKey(key);
  });
}
