/** `rootseal secure-boot sign FILE --output FILE` */
import path from 'node:path';
import { UKI_SIZE_MAX } from '../../../formats/uki/uki-sections.js';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import {
  requestsWritten,
  requireOutput,
  requireSigner,
  signerOptions,
} from '../../signer-options.js';

export const sign = defineCommand({
  command: 'sign <file>',
  describe: 'sign systemd-boot or a unified kernel image for firmware',
  builder: (yargs) =>
    signerOptions(
      yargs
        .positional('file', {
          type: 'string',
          takes: 'FILE',
          demandOption: true,
          describe: 'the file; signatures that it has are left out',
        })
        .option('output', {
          alias: ['o', 'out'],
          type: 'string',
          takes: 'FILE',
          describe: 'where the result is written; needed without --request-out',
        }),
    ),
  run: async (context, options) => {
    const { readNamedFile } = await import('../../../release/named-file.js');
    const { requireSignable } = await import('../../../release/secure-boot/signable.js');
    const { signFile } = await import('../../../release/secure-boot/sign-file.js');
    const { documentOfCertificate } = await import('../../../release/secure-boot/key-directory.js');
    const { peHash } = await import('../../../formats/authenticode/pe-hash.js');
    const { writeOutputFile } = await import('../../../repo/durable.js');
    const signer = await requireSigner(options);
    const output = requireOutput(signer, options.output);
    const bytes = readNamedFile(options.file, UKI_SIZE_MAX);
    requireSignable(options.file, bytes, signer.certificate);
    const signed = await signFile(bytes, signer, path.basename(options.file));
    const file = signed === undefined ? undefined : path.resolve(output);
    if (file !== undefined && signed !== undefined) writeOutputFile(file, signed);
    await printResult(context, file === undefined ? '' : output, {
      file: file ?? null,
      requests: requestsWritten(context, options),
      authenticode: peHash(bytes).toString('hex'),
      certificate: documentOfCertificate(signer.certificate),
    });
    return 'done';
  },
});
