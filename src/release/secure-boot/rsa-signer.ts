/**
 * Who signs what firmware checks: a key in a file, a command, or somebody elsewhere who gets the bytes and sends the signature. Each
 * signs the same bytes, by RSA PKCS#1 v1.5 over SHA-256, and each signature is checked with the certificate before it is used.
 */
import { sign, type KeyObject } from 'node:crypto';
import path from 'node:path';
import { requireSignedBy } from '../../formats/authenticode/sign-pe.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import { makeDirectories } from '../../linux/make-directories.js';
import { writeFileDurable } from '../../repo/durable.js';
import { RootsealError } from '../../util/errors.js';
import { readNamedFile } from '../named-file.js';
import { nameOfSignerCommand, runSignerCommand } from '../signer-command.js';

/** Of an RSA key of 8192 bits, and more than any signature has. */
const SIGNATURE_SIZE_MAX = 1024;

/** Where signatures come from. */
export type SignatureSource =
  | { readonly kind: 'key'; readonly key: KeyObject }
  /** For `/bin/sh -c`: the bytes on standard input, the signature alone on standard output. */
  | { readonly kind: 'command'; readonly command: string }
  /** NAME.request is written in this directory, and nothing is signed now. */
  | { readonly kind: 'request'; readonly directory: string }
  /** NAME.signature is read from this directory. */
  | { readonly kind: 'answer'; readonly directory: string };

export interface RsaSigner {
  readonly certificate: Certificate;
  readonly source: SignatureSource;
}

/**
 * The signature of `message`, checked; undefined when only a request was written.
 *
 * @param name what is signed, as the name of a file: names of requests and answers begin with it
 * @throws {RootsealError} FAILED when the signer fails or signs wrongly, PATH_NOT_FOUND when an answer is missing
 */
export async function signMessage(
  { certificate, source }: RsaSigner,
  message: Buffer,
  name: string,
): Promise<Buffer | undefined> {
  switch (source.kind) {
    case 'key':
      return checked(certificate, message, sign('sha256', message, source.key), `signing ${name}`);
    case 'command': {
      const signer = nameOfSignerCommand(source.command);
      const signature = await askCommand(source.command, message, name);
      return checked(certificate, message, signature, signer);
    }
    case 'answer': {
      const file = answerFile(source.directory, name);
      return checked(certificate, message, readNamedFile(file, SIGNATURE_SIZE_MAX), file);
    }
    case 'request':
      makeDirectories(source.directory);
      writeFileDurable(source.directory, requestFile(source.directory, name), message);
      return undefined;
  }
}

async function askCommand(command: string, message: Buffer, name: string): Promise<Buffer> {
  try {
    return await runSignerCommand(command, message, { ROOTSEAL_REQUEST: name });
  } catch (cause) {
    if (!(cause instanceof RootsealError)) throw cause;
    throw new RootsealError('FAILED', nameOfSignerCommand(command), { cause });
  }
}

/** @param from who gave the signature, for errors */
function checked(
  certificate: Certificate,
  message: Buffer,
  signature: Buffer,
  from: string,
): Buffer {
  try {
    requireSignedBy(certificate, message, signature);
    return signature;
  } catch (cause) {
    throw new RootsealError('FAILED', from, { cause });
  }
}

/** Where the request for `name` is in a directory of requests. */
export function requestFile(directory: string, name: string): string {
  return path.join(directory, `${name}.request`);
}

/** Where the answer for `name` is. */
export function answerFile(directory: string, name: string): string {
  return path.join(directory, `${name}.signature`);
}
