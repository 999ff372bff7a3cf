/** `rootseal key`: makes, shows and imports keys. */
import type { SignerKey, VerifierKey } from '../../formats/seal/key.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult, type Context } from '../context.js';

const generate = defineCommand({
  command: 'generate <name>',
  describe: 'make a signer key and print its verifier key',
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        takes: 'NAME',
        demandOption: true,
        describe: 'name of the key, usually a domain name',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'file for the signer key; FILE.pub gets the verifier key',
      })
      .option('passphrase-file', {
        type: 'string',
        takes: 'FILE',
        describe: 'encrypt the key with the first line of this file',
      }),
  run: async (context, options) => {
    const { generateSignerKey } = await import('../../release/keys.js');
    await save(context, generateSignerKey(options.name), options.output, options.passphraseFile);
    return 'done';
  },
});

const show = defineCommand({
  command: 'show <file>',
  describe: 'print the verifier key of a key file',
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'a signer or verifier key',
      })
      .option('passphrase-file', {
        type: 'string',
        takes: 'FILE',
        describe: 'file with the passphrase of an encrypted key',
      })
      .option('pem', {
        type: 'boolean',
        default: false,
        describe: 'print it in PEM, as other programs take it',
      }),
  run: async (context, options) => {
    const { readAnyKey } = await import('../../release/keys.js');
    const verifier = readAnyKey(options.file, options.passphraseFile);
    const { printVerifierPem } = await import('../../formats/seal/public-key-pem.js');
    await print(context, verifier, options.pem ? printVerifierPem(verifier) : undefined);
    return 'done';
  },
});

const importCommand = defineCommand({
  command: 'import <file>',
  describe:
    "turn another program's Ed25519 key into a signer key, or a public one into a verifier key",
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe:
          'PKCS#8 PEM, OpenSSH without a passphrase, or 32 bytes in base64 or hex; a public key in PEM or DER, of OpenSSH or of signify',
      })
      .option('name', {
        type: 'string',
        takes: 'NAME',
        demandOption: true,
        describe: 'name of the key',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'file for the signer key, if there is one; FILE.pub gets the verifier key',
      })
      .option('passphrase-file', {
        type: 'string',
        takes: 'FILE',
        describe: 'encrypt the key with the first line of this file',
      }),
  run: async (context, options) => {
    const { importKeyFile, importPublicKeyFile } = await import('../../release/keys.js');
    const verifier = importPublicKeyFile(options.file, options.name);
    if (verifier !== undefined) {
      await savePublic(context, verifier, options);
      return 'done';
    }
    await save(
      context,
      importKeyFile(options.file, options.name),
      options.output,
      options.passphraseFile,
    );
    return 'done';
  },
});

export const key = defineGroup('key', 'make, show and import keys', [
  generate,
  show,
  importCommand,
]);

/** The half that may be published, of a key that stays where it is. */
async function savePublic(
  context: Context,
  verifier: VerifierKey,
  { output, passphraseFile }: { output: string; passphraseFile: string | undefined },
): Promise<void> {
  const { writeVerifierKey } = await import('../../release/keys.js');
  if (passphraseFile !== undefined)
    throw new RootsealError('USAGE', '--passphrase-file: a public key is not encrypted');
  context.remark(`wrote ${writeVerifierKey(output, verifier)}`);
  await print(context, verifier);
}

async function save(
  context: Context,
  signer: SignerKey,
  file: string,
  passphraseFile: string | undefined,
): Promise<void> {
  const { readPassphrase, writeKeyPair } = await import('../../release/keys.js');
  writeKeyPair(
    file,
    signer,
    passphraseFile === undefined ? undefined : readPassphrase(passphraseFile),
  );
  context.remark(`wrote ${file} (keep it secret) and ${file}.pub`);
  await print(context, signer);
}

/** @param text printed in place of the verifier key's line */
async function print(context: Context, verifier: VerifierKey, text?: string): Promise<void> {
  const { printVerifierKey } = await import('../../formats/seal/key.js');
  const { name, keyId, publicKey } = verifier;
  const line = printVerifierKey(verifier);
  await printResult(context, text ?? line, {
    name,
    keyId,
    publicKey: Buffer.from(publicKey).toString('base64'),
    verifierKey: line,
  });
}
