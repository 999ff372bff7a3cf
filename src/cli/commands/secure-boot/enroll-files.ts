/** `rootseal secure-boot enroll-files DIR` */
import path from 'node:path';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { parseTime } from '../../options.js';
import { parseOwner, requestsWritten, sourceOf, withoutKey } from '../../signer-options.js';

export const enrollFiles = defineCommand({
  command: 'enroll-files <directory>',
  describe: 'make PK.auth, KEK.auth and db.auth, by which firmware takes the keys',
  builder: (yargs) =>
    withoutKey(
      yargs
        .positional('directory', {
          type: 'string',
          takes: 'DIR',
          demandOption: true,
          describe: 'directory with PK.crt, KEK.crt and db.crt, and with PK.key and KEK.key',
        })
        .option('output', {
          alias: ['o', 'out'],
          type: 'string',
          takes: 'DIR',
          describe: 'where the result is written (default: the same directory)',
        })
        .option('time', {
          type: 'string',
          takes: 'TIME',
          describe: 'time of the updates (default: when the newest certificate begins)',
        })
        .option('owner', {
          type: 'string',
          takes: 'GUID',
          describe: "who is named as the owner of the entries (default: rootseal's)",
        }),
    ),
  run: async (context, options) => {
    const { writeEnrollFiles } = await import('../../../release/secure-boot/enroll-files.js');
    const { readRsaKey } = await import('../../../release/secure-boot/certificate-files.js');
    const { directory, passphraseFile } = options;
    const source = sourceOf(options);
    const files = await writeEnrollFiles({
      keys: directory,
      out: options.output ?? directory,
      owner: parseOwner(options.owner),
      time: options.time === undefined ? undefined : parseTime('--time', options.time),
      signerFor: (name, certificate) => ({
        certificate,
        source: source ?? {
          kind: 'key',
          key: readRsaKey(path.join(directory, `${name}.key`), certificate, passphraseFile),
        },
      }),
    });
    await printResult(context, files.join('\n'), {
      files: files.map((file) => path.resolve(file)),
      requests: requestsWritten(context, options),
    });
    return 'done';
  },
});
