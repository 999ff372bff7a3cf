/** `rootseal secure-boot revoke FILE... --output FILE` */
import path from 'node:path';
import type { VariableUpdate } from '../../../formats/efi-variables/authenticated-variable.js';
import { UKI_SIZE_MAX } from '../../../formats/uki/uki-sections.js';
import { RootsealError } from '../../../util/errors.js';
import { defineCommand } from '../../command.js';
import { printResult } from '../../context.js';
import { parseTime } from '../../options.js';
import {
  parseOwner,
  requestsWritten,
  requireOutput,
  requireSigner,
  signerOptions,
} from '../../signer-options.js';

export const revoke = defineCommand({
  command: 'revoke <files..>',
  describe: 'make an update of dbx that forbids files',
  builder: (yargs) =>
    signerOptions(
      yargs
        .positional('files', {
          type: 'string',
          takes: 'FILE',
          array: true,
          demandOption: true,
          describe: 'unified kernel images or boot loaders, signed or not',
        })
        .option('output', {
          alias: ['o', 'out'],
          type: 'string',
          takes: 'FILE',
          describe: 'where the result is written; needed without --request-out',
        })
        .option('previous', {
          type: 'string',
          takes: 'FILE',
          describe: 'the last update: what it forbids stays forbidden, and its time is earlier',
        })
        .option('append', {
          type: 'boolean',
          default: false,
          describe: 'make an update that leaves what the machine has in dbx there',
        })
        .option('time', {
          type: 'string',
          takes: 'TIME',
          describe: 'time of the update (default: $SOURCE_DATE_EPOCH, else now)',
        })
        .option('owner', {
          type: 'string',
          takes: 'GUID',
          describe: "who is named as the owner of the entries (default: rootseal's)",
        }),
    ),
  run: async (context, options) => {
    const updates = await import('../../../release/secure-boot/variable-updates.js');
    const { encodeSignatureLists } =
      await import('../../../formats/efi-variables/signature-list.js');
    const { readNamedFile } = await import('../../../release/named-file.js');
    const { writeOutputFile } = await import('../../../repo/durable.js');
    const signer = await requireSigner(options);
    const output = requireOutput(signer, options.output);
    const time =
      options.time === undefined ? context.sourceDate() : parseTime('--time', options.time);
    const before = readPrevious(options.previous, updates.readUpdate);
    if (before !== undefined) updates.requireLater(time, before.time, options.previous ?? '');
    const known = before?.entries ?? [];
    const contents = new Map(
      options.files.map((file) => [file, readNamedFile(file, UKI_SIZE_MAX)] as const),
    );
    const added = updates.hashEntries(contents, parseOwner(options.owner), known);
    const { append } = options;
    const value = encodeSignatureLists(append ? added : [...known, ...added]);
    const update: VariableUpdate = { name: 'dbx', time, append, value };
    const hashes = added.map(({ data }) => data.toString('hex'));
    if (hashes.length === 0)
      throw new RootsealError('UNCHANGED', 'the previous update forbids these files already');
    const bytes = await updates.signUpdate(update, signer, 'dbx');
    // Without bytes they are to be signed elsewhere first.
    if (bytes !== undefined) writeOutputFile(path.resolve(output), bytes);
    await printResult(context, bytes === undefined ? '' : output, {
      file: bytes === undefined ? null : path.resolve(output),
      requests: requestsWritten(context, options),
      time: new Date(time * 1000).toISOString().replace('.000Z', 'Z'),
      append,
      hashes,
    });
    return 'done';
  },
});

function readPrevious<T>(file: string | undefined, read: (file: string) => T | undefined) {
  if (file === undefined) return undefined;
  const found = read(file);
  if (found !== undefined) return found;
  throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, { details: { path: file } });
}
