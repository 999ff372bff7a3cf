/** `rootseal secure-boot generate-keys DIR --name NAME` */
import path from 'node:path';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { parseTime } from '../../options.js';

const YEARS = 20;
const DAY = 24 * 60 * 60;

export const generateKeys = defineCommand({
  command: 'generate-keys <directory>',
  describe: 'make the keys PK, KEK and db with their certificates',
  builder: (yargs) =>
    yargs
      .positional('directory', {
        type: 'string',
        takes: 'DIR',
        demandOption: true,
        describe: 'directory to make',
      })
      .option('name', {
        type: 'string',
        takes: 'NAME',
        demandOption: true,
        describe: 'whose keys they are: the certificates are called NAME PK, NAME KEK and NAME db',
      })
      .option('not-before', {
        type: 'string',
        takes: 'TIME',
        describe: 'when the certificates begin (default: $SOURCE_DATE_EPOCH, else now)',
      })
      .option('not-after', {
        type: 'string',
        takes: 'TIME',
        describe: `when the certificates end (default: ${YEARS} years later)`,
      })
      .option('passphrase-file', {
        type: 'string',
        takes: 'FILE',
        describe: 'encrypt the keys with the first line of this file',
      }),
  run: async (context, options) => {
    const release = await import('../../../release/secure-boot/key-directory.js');
    const { readPassphrase } = await import('../../../release/keys.js');
    const { directory, passphraseFile: passphrase } = options;
    const notBefore =
      options.notBefore === undefined
        ? context.sourceDate()
        : parseTime('--not-before', options.notBefore);
    const certificates = release.generateKeys(directory, {
      name: options.name,
      notBefore,
      notAfter:
        options.notAfter === undefined
          ? notBefore + Math.round(YEARS * 365.25) * DAY
          : parseTime('--not-after', options.notAfter),
      passphrase: passphrase === undefined ? undefined : readPassphrase(passphrase),
    });
    if (!context.json)
      context.remark(`wrote PK.key, KEK.key and db.key to ${directory}: keep them secret`);
    await printResult(context, directory, {
      directory: path.resolve(directory),
      certificates: certificates.map(release.documentOfCertificate),
    });
    return 'done';
  },
});
