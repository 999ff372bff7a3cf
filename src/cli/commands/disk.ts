/** `rootseal disk build REV --output FILE` */
import type { Argv } from 'yargs';
import { RootsealError } from '../../util/errors.js';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import { documentOfPartition } from '../documents/partition.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import { ukiOptions, vouchingCertificates } from '../uki-options.js';

/** Adds `--boot-loader`, `--secure-boot-keys` and `--passphrase-file`. */
function bootLoaderOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('boot-loader', {
      type: 'boolean',
      default: true,
      describe: 'install systemd-boot from the tree',
    })
    .option('secure-boot-keys', {
      type: 'string',
      takes: 'DIR',
      describe: 'sign the boot loader with the key db of this directory, and let it enrol the keys',
    })
    .option('passphrase-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'file with the passphrase of an encrypted key db',
    });
}

/** What the disk starts, and with which words. */
function startOptions<T>(yargs: Argv<T>) {
  return ukiOptions(
    yargs
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
        describe: 'boots that may fail before the entry counts as bad (default 3; 0: not counted)',
      })
      .option('kernel', {
        type: 'string',
        takes: 'RELEASE',
        describe: 'release of the kernel to start, where the tree has several',
      }),
  );
}

const build = defineCommand({
  command: 'build <rev>',
  describe: 'make a bootable disk image of a commit, without being root',
  doing: 'building the disk',
  builder: (yargs) =>
    startOptions(bootLoaderOptions(repositoryOption(yargs)))
      .positional('rev', {
        type: 'string',
        takes: 'REV',
        demandOption: true,
        describe: 'the commit',
      })
      .option('output', {
        alias: ['o', 'out'],
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'the disk image',
      })
      .option('size', {
        type: 'string',
        takes: 'SIZE',
        describe:
          'size of the disk, as 8G (default: what is needed and a fifth more, at least 64 MiB)',
      })
      .option('esp-size', {
        type: 'string',
        takes: 'SIZE',
        describe: 'size of the EFI system partition (default: 512M, or more when needed)',
      })
      .option('state', {
        type: 'string',
        takes: 'DIR',
        describe: 'a directory whose etc and var are laid over those of the tree',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'accept an image that no machine would start',
      }),
  run: async (context, options) => {
    const { buildDisk } = await import('../../disk/build-disk.js');
    const { DEFAULT_TRIES, requireTries } = await import('../../deploy/verbs/deploy.js');
    const { parseSize } = await import('../../disk/disk-layout.js');
    const size = (option: string, text: string | undefined) =>
      text === undefined ? undefined : parseSize(option, text);
    const request = {
      revision: options.rev,
      out: options.output,
      sizes: { disk: size('--size', options.size), esp: size('--esp-size', options.espSize) },
      state: options.state,
      arguments: options.kargAppend ?? [],
      // An entry without a counter is what is not counted.
      tries: options.tries === 0 ? undefined : requireTries(options.tries ?? DEFAULT_TRIES),
      kernel: options.kernel,
      uki: options.uki,
      certificates: await vouchingCertificates(options),
      bootLoader: options.bootLoader,
      secureBoot: secureBootOf(options),
      force: options.force,
      progress: context.progress,
      signal: context.signal,
    };
    const repository = openRepository(context, options);
    const report = await withSharedLock(repository, () => buildDisk(repository, request));
    if (!report.sealed)
      context.remark('the commit has no seal: a policy with mode=seal refuses to start it');
    const { findings, commit, size: bytes, partitions, inodes, objects, ...facts } = report;
    for (const { severity, rule, message } of findings)
      context.remark(`${severity}: ${rule}: ${message}`);
    await printResult(context, options.output, {
      file: options.output,
      commitId: commit,
      bytes,
      inodeCount: inodes,
      objectCount: objects,
      ...facts,
      partitions: partitions.map(documentOfPartition),
    });
    return 'done';
  },
});

export const disk = defineGroup('disk', 'disk images', [build]);

interface SecureBootOptions {
  readonly bootLoader: boolean;
  readonly secureBootKeys: string | undefined;
  readonly passphraseFile: string | undefined;
}

/** @throws {RootsealError} USAGE when there is nothing that keys could be for */
function secureBootOf({ bootLoader, secureBootKeys: keys, passphraseFile }: SecureBootOptions) {
  if (keys === undefined && passphraseFile !== undefined)
    throw new RootsealError('USAGE', '--passphrase-file is for a key of --secure-boot-keys');
  if (keys !== undefined && !bootLoader)
    throw new RootsealError('USAGE', '--secure-boot-keys and --no-boot-loader exclude each other');
  return keys === undefined ? undefined : { keys, passphraseFile };
}
