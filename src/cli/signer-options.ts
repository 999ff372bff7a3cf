/** Options of commands that sign for firmware: the certificate, and where the signature comes from. */
import type { KeyObject } from 'node:crypto';
import type { Argv } from 'yargs';
import type { RsaSigner, SignatureSource } from '../release/secure-boot/rsa-signer.js';
import { RootsealError } from '../util/errors.js';

export interface SignerOptions {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly signerCommand: string | undefined;
  readonly requestOut: string | undefined;
  readonly attach: string | undefined;
}

/** Adds `--cert`, `--key`, `--passphrase-file`, `--signer-command`, `--request-out` and `--attach`. */
export function signerOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('cert', {
      type: 'string',
      takes: 'FILE',
      describe: 'certificate of the key that signs, in PEM or DER',
    })
    .option('key', {
      type: 'string',
      takes: 'FILE',
      describe: 'the RSA key, in PEM',
    })
    .option('passphrase-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'file with the passphrase of an encrypted --key',
    })
    .option('signer-command', {
      type: 'string',
      takes: 'COMMAND',
      describe: 'shell command that reads bytes and prints their RSA signature',
    })
    .option('request-out', {
      type: 'string',
      takes: 'DIR',
      describe: 'write what is to be signed elsewhere to this directory, and nothing else',
    })
    .option('attach', {
      type: 'string',
      takes: 'DIR',
      describe: 'take the signatures from this directory',
    });
}

/**
 * The signer that the options name; undefined when they name none.
 * @throws {RootsealError} USAGE when they name half of one, or several
 */
export async function signerOf(options: SignerOptions): Promise<RsaSigner | undefined> {
  const { key, signerCommand, requestOut, attach } = options;
  const given = [key, signerCommand, requestOut, attach].filter((value) => value !== undefined);
  if (options.cert === undefined && given.length === 0) return undefined;
  if (options.cert === undefined)
    throw new RootsealError('USAGE', '--cert is missing: the certificate of the key that signs');
  if (given.length !== 1)
    throw new RootsealError('USAGE', 'a certificate, and not one signer', {
      hint: 'give one of --key, --signer-command, --request-out and --attach',
    });
  const { readCertificate, readRsaKey } =
    await import('../release/secure-boot/certificate-files.js');
  const certificate = readCertificate(options.cert);
  const readKey = (file: string) => readRsaKey(file, certificate, options.passphraseFile);
  return { certificate, source: sourceOf(options, readKey) };
}

function sourceOf(
  { key, signerCommand: command, requestOut, attach }: SignerOptions,
  readKey: (file: string) => KeyObject,
): SignatureSource {
  if (key !== undefined) return { kind: 'key', key: readKey(key) };
  if (command !== undefined) return { kind: 'command', command };
  if (requestOut !== undefined) return { kind: 'request', directory: requestOut };
  return { kind: 'answer', directory: attach ?? '' };
}
