/** Options of commands that sign for firmware: the certificate, and where the signature comes from. */
import path from 'node:path';
import type { Argv } from 'yargs';
import { isGuid, type Guid } from '../formats/efi-variables/efi-guid.js';
import { OWNER } from '../formats/efi-variables/owner.js';
import type { RsaSigner, SignatureSource } from '../release/secure-boot/rsa-signer.js';
import { RootsealError } from '../util/errors.js';
import type { Context } from './context.js';

/** Where signatures come from when they do not come from a key in a file. */
interface OtherSigners {
  readonly passphraseFile?: string | undefined;
  readonly signerCommand?: string | undefined;
  readonly requestOut?: string | undefined;
  readonly attach?: string | undefined;
}

export interface SignerOptions extends OtherSigners {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Adds `--passphrase-file`, `--signer-command`, `--request-out` and `--attach`. */
export function withoutKey<T>(yargs: Argv<T>) {
  return yargs
    .option('passphrase-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'file with the passphrase of an encrypted key',
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

/** Adds these, `--cert` and `--key`. */
export function signerOptions<T>(yargs: Argv<T>) {
  return withoutKey(
    yargs
      .option('cert', {
        type: 'string',
        takes: 'FILE',
        describe: 'certificate of the key that signs, in PEM or DER',
      })
      .option('key', { type: 'string', takes: 'FILE', describe: 'the RSA key, in PEM' }),
  );
}

/**
 * The signer that the options name; undefined when they name none.
 * @throws {RootsealError} USAGE when they name half of one, or several
 */
export async function signerOf(options: SignerOptions): Promise<RsaSigner | undefined> {
  const { cert, key, passphraseFile } = options;
  if (passphraseFile !== undefined && key === undefined)
    throw new RootsealError('USAGE', '--passphrase-file goes with --key');
  const other = sourceOf(options);
  if (cert === undefined && key === undefined && other === undefined) return undefined;
  if (cert === undefined)
    throw new RootsealError('USAGE', '--cert is missing: the certificate of the key that signs');
  if ((key === undefined) === (other === undefined)) throw notOneSigner();
  const { readCertificate, readRsaKey } =
    await import('../release/secure-boot/certificate-files.js');
  const certificate = readCertificate(cert);
  const source: SignatureSource | undefined =
    key === undefined ? other : { kind: 'key', key: readRsaKey(key, certificate, passphraseFile) };
  return source === undefined ? undefined : { certificate, source };
}

/** @throws {RootsealError} USAGE when the options name no signer */
export async function requireSigner(options: SignerOptions): Promise<RsaSigner> {
  const signer = await signerOf(options);
  if (signer !== undefined) return signer;
  throw new RootsealError('USAGE', 'no signer given', {
    hint: 'name the certificate with --cert FILE, and its key with --key FILE or --signer-command COMMAND',
  });
}

/** The signer that is not a key in a file; undefined when there is none. @throws {RootsealError} USAGE when there are several */
export function sourceOf(options: OtherSigners): SignatureSource | undefined {
  const { signerCommand: command, requestOut, attach } = options;
  const sources: SignatureSource[] = [
    ...(command === undefined ? [] : [{ kind: 'command', command } as const]),
    ...(requestOut === undefined ? [] : [{ kind: 'request', directory: requestOut } as const]),
    ...(attach === undefined ? [] : [{ kind: 'answer', directory: attach } as const]),
  ];
  if (sources.length > 1) throw notOneSigner();
  return sources[0];
}

/** The directory of the requests that were written in place of a result, which is told; null when there are none. */
export function requestsWritten(context: Context, { requestOut }: OtherSigners): string | null {
  if (requestOut === undefined) return null;
  context.remark(
    `nothing was made: what is in ${requestOut} is to be signed (RSA PKCS#1 v1.5, SHA-256)`,
  );
  return path.resolve(requestOut);
}

function notOneSigner(): RootsealError {
  return new RootsealError('USAGE', 'name one signer', {
    hint: 'give one of --key, --signer-command, --request-out and --attach',
  });
}

/**
 * Where the result goes; nowhere when only a request is written.
 * @throws {RootsealError} USAGE when it is missing, or there is none
 */
export function requireOutput({ source }: RsaSigner, output: string | undefined): string {
  if (source.kind === 'request') {
    if (output === undefined) return '';
    throw new RootsealError('USAGE', '--request-out and --output exclude each other');
  }
  if (output !== undefined) return output;
  throw new RootsealError('USAGE', '--output is missing');
}

/** @throws {RootsealError} USAGE when it is not a GUID */
export function parseOwner(text: string | undefined): Guid {
  if (text === undefined) return OWNER;
  if (isGuid(text)) return text.toLowerCase();
  throw new RootsealError('USAGE', `--owner: ${JSON.stringify(text)} is not a GUID`);
}
