/** Options of commands that make a disk or a host which may start from a unified kernel image. */
import type { Argv } from 'yargs';
import type { Certificate } from '../formats/x509/certificate.js';
import { RootsealError } from '../util/errors.js';

interface UkiOptions {
  readonly uki: boolean;
  readonly cert?: readonly string[] | undefined;
}

/** Adds `--uki` and `--cert`. */
export function ukiOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('uki', {
      type: 'boolean',
      default: false,
      describe: 'start from the unified kernel image of the commit',
    })
    .option('cert', {
      type: 'string',
      takes: 'FILE',
      array: true,
      describe: 'certificate that may vouch for that image, where no seal does',
    });
}

/** The certificates that were named. @throws {RootsealError} USAGE when there is nothing that they could vouch for */
export async function vouchingCertificates({ uki, cert }: UkiOptions): Promise<Certificate[]> {
  if (cert === undefined) return [];
  if (!uki) throw new RootsealError('USAGE', '--cert goes with --uki');
  const { readCertificates } = await import('../release/secure-boot/certificate-files.js');
  return cert.flatMap(readCertificates);
}
