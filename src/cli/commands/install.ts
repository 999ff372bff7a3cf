/** `rootseal install to-disk TARGET`, `rootseal install to-filesystem DIR` */
import type { Argv } from 'yargs';
import type { EncryptionReport } from '../../deploy/install/to-disk.js';
import type { InstallReport, InstallRequest } from '../../deploy/install/to-filesystem.js';
import { RootsealError } from '../../util/errors.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult, type Context } from '../context.js';
import { documentOfPartition } from '../documents/partition.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import { ukiOptions, vouchingCertificates } from '../uki-options.js';

function installOptions<T>(yargs: Argv<T>) {
  return ukiOptions(
    repositoryOption(yargs)
      .positional('commit', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit to install',
      })
      .option('rev', {
        type: 'string',
        takes: 'REV',
        hidden: true,
        describe: 'older way to say which commit',
      })
      .option('origin', {
        type: 'string',
        takes: 'REMOTE/BRANCH',
        describe: 'where upgrades will come from: REMOTE/BRANCH; with --url',
      })
      .option('url', {
        type: 'string',
        takes: 'URL',
        describe: 'URL of that remote, as in `rootseal remote add`',
      })
      .option('karg-append', {
        alias: 'karg',
        type: 'string',
        takes: 'ARGUMENT',
        array: true,
        describe: 'an additional kernel argument',
      })
      .option('tries', {
        type: 'number',
        takes: 'N',
        describe: 'boots that may fail before it counts as bad (default 3; 0: not counted)',
      }),
  )
    .option('wipe', {
      type: 'boolean',
      default: false,
      describe: 'destroy existing data',
    })
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'install an image that no machine would start',
    });
}

interface CommonOptions {
  readonly repo: string | undefined;
  readonly commit: string;
  readonly rev: string | undefined;
  readonly origin: string | undefined;
  readonly url: string | undefined;
  readonly kargAppend: readonly string[] | undefined;
  readonly tries: number | undefined;
  readonly wipe: boolean;
  readonly force: boolean;
  readonly uki: boolean;
  readonly cert: readonly string[] | undefined;
}

async function commonRequest(context: Context, options: CommonOptions): Promise<InstallRequest> {
  const { requireTries } = await import('../../deploy/verbs/deploy.js');
  const { requireArguments } = await import('../../deploy/image/arguments.js');
  const { parseInstallOrigin } = await import('../../deploy/install/first-origin.js');
  const { progress, now, signal } = context;
  return {
    origin: parseInstallOrigin(options.origin, options.url),
    arguments: requireArguments('--karg-append', options.kargAppend ?? []),
    tries: requireTries(options.tries),
    source: openRepository(context, options),
    revision: options.rev ?? options.commit,
    wipe: options.wipe,
    force: options.force,
    uki: options.uki,
    certificates: await vouchingCertificates(options),
    progress,
    now,
    signal,
    say: (line) => {
      context.remark(line);
      signal.throwIfAborted();
    },
    warn: context.remark,
  };
}

function requireRoot(context: Context): void {
  if (context.privileged) return;
  throw new RootsealError('PERMISSION_DENIED', 'installing needs root', {
    hint: '`rootseal disk build` makes a disk image without root',
  });
}

/** With the older `--rev REV`, the one argument is the place. */
function placeOf(
  command: string,
  name: string,
  { commit, rev }: { readonly commit: string; readonly rev: string | undefined },
  place: string | undefined,
): string {
  if (rev === undefined && place !== undefined) return place;
  if (rev !== undefined && place === undefined) return commit;
  const hint = `\`rootseal help install ${command}\` says how it is used`;
  const usage = `Usage: rootseal install ${command} COMMIT ${name}`;
  throw new RootsealError(
    'USAGE',
    rev === undefined
      ? `install ${command}: ${name} is missing. ${usage}`
      : `install ${command}: --rev stands for COMMIT. ${usage}`,
    { hint },
  );
}

/** What `--json` prints of both ways. */
function documentOf({ deployment, objects, bytes, root }: InstallReport) {
  const { id, commit, image, name, release, sequence, kernel, keys } = deployment;
  const commandLine = deployment.arguments.map(({ value }) => value).join(' ');
  return {
    deployment: id,
    commitId: commit,
    image,
    name,
    release,
    sequence,
    kernel,
    keys,
    root: root ?? null,
    commandLine,
    objectCount: objects,
    bytes,
  };
}

/** Options of `to-disk` about who may start it, and read it. */
function protectionOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('secure-boot-keys', {
      type: 'string',
      takes: 'DIR',
      describe: 'sign the boot loader with the key db of this directory, and let it enrol the keys',
    })
    .option('passphrase-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'file with the passphrase of an encrypted key db',
    })
    .option('encrypt', {
      choices: ['tpm2'] as const,
      describe: 'encrypt the root file system; the TPM of this machine keeps the key; with --uki',
    })
    .option('recovery-key-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'new file for the recovery key, which is printed otherwise',
    })
    .option('pcr7', {
      type: 'string',
      takes: 'SHA256',
      describe:
        'what PCR 7 will be: 64 hexadecimal digits, or "current" (default: what follows from the keys of Secure Boot)',
    });
}

interface ProtectionOptions {
  readonly uki: boolean;
  readonly secureBootKeys: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly encrypt: 'tpm2' | undefined;
  readonly recoveryKeyFile: string | undefined;
  readonly pcr7: string | undefined;
}

/** @throws {RootsealError} USAGE when options do not go together */
async function protectionOf(options: ProtectionOptions) {
  const { secureBootKeys: keys, passphraseFile, encrypt, recoveryKeyFile } = options;
  if (keys === undefined && passphraseFile !== undefined)
    throw new RootsealError('USAGE', '--passphrase-file is for a key of --secure-boot-keys');
  const secureBoot = keys === undefined ? undefined : { keys, passphraseFile };
  if (encrypt === undefined) {
    const left = recoveryKeyFile !== undefined ? '--recovery-key-file' : '--pcr7';
    if (recoveryKeyFile !== undefined || options.pcr7 !== undefined)
      throw new RootsealError('USAGE', `${left} goes with --encrypt`);
    return { secureBoot, encryption: undefined };
  }
  const { parsePcr7 } = await import('../../deploy/install/encryption/encryption-request.js');
  return { secureBoot, encryption: { pcr7: parsePcr7(options.pcr7), recoveryKeyFile } };
}

/** What `--json` prints of an encrypted root file system. */
function documentOfEncryption(encryption: EncryptionReport | undefined) {
  if (encryption === undefined) return null;
  const { uuid, pcr7, recoveryKey } = encryption;
  return { uuid, pcr7: pcr7.toString('hex'), recoveryKey: recoveryKey ?? null };
}

const toDisk = defineCommand({
  command: 'to-disk <commit> [target]',
  describe: 'install a commit to a whole disk, or to a file that stands for one',
  doing: 'installing',
  builder: (yargs) =>
    protectionOptions(installOptions(yargs))
      .positional('target', {
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'device or file',
      })
      .option('filesystem', {
        choices: ['ext4', 'btrfs'] as const,
        default: 'ext4' as const,
        describe: 'type of the root file system',
      })
      .option('size', {
        type: 'string',
        takes: 'SIZE',
        describe: 'make a file of this size, as 8G',
      })
      .option('esp-size', {
        type: 'string',
        takes: 'SIZE',
        describe: 'size of the EFI system partition (default: 512M, or more when needed)',
      }),
  run: async (context, options) => {
    requireRoot(context);
    const { parseSize } = await import('../../disk/disk-layout.js');
    const size = (option: string, text: string | undefined) =>
      text === undefined ? undefined : parseSize(option, text);
    const { filesystem } = options;
    const target = placeOf('to-disk', 'TARGET', options, options.target);
    const sizes = {
      size: size('--size', options.size),
      espSize: size('--esp-size', options.espSize),
    };
    const protection = await protectionOf(options);
    const { enterMountNamespace } = await import('../../linux/namespace.js');
    enterMountNamespace();
    const { installToDisk } = await import('../../deploy/install/to-disk.js');
    const common = await commonRequest(context, options);
    const request = { ...common, ...sizes, ...protection, target, fileSystem: filesystem };
    const report = await withSharedLock(common.source, () => installToDisk(request));
    const { fileSystem, partitions, encryption } = report;
    const disk = {
      target,
      diskBytes: report.size,
      fileSystem,
      partitions: partitions.map(documentOfPartition),
      encryption: documentOfEncryption(encryption),
    };
    const key = encryption?.recoveryKey;
    const text = key === undefined ? target : `${target}\nrecovery key: ${key}`;
    await printResult(context, text, { ...disk, ...documentOf(report) });
    return 'done';
  },
});

const toFilesystem = defineCommand({
  command: 'to-filesystem <commit> [directory]',
  describe: 'install a commit to a mounted, empty root file system',
  doing: 'installing',
  builder: (yargs) =>
    installOptions(yargs)
      .positional('directory', {
        type: 'string',
        takes: 'DIR',
        demandOption: true,
        describe: 'where the root file system is mounted',
      })
      .option('boot', {
        type: 'string',
        takes: 'DIR',
        describe: 'where its EFI system partition is mounted (default: DIRECTORY/boot)',
      }),
  run: async (context, options) => {
    requireRoot(context);
    const { installToFilesystem } = await import('../../deploy/install/to-filesystem.js');
    const common = await commonRequest(context, options);
    const { boot } = options;
    const directory = placeOf('to-filesystem', 'DIRECTORY', options, options.directory);
    const report = await withSharedLock(common.source, () =>
      installToFilesystem(directory, { ...common, boot }),
    );
    await printResult(context, directory, { directory, ...documentOf(report) });
    return 'done';
  },
});

export const install = defineGroup('install', 'install a commit to a machine', [
  toDisk,
  toFilesystem,
]);
