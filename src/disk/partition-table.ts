/** Writes the GPT of a disk (UEFI 2.10 section 5.3) with sfdisk. */
import { ESP_TYPE } from '../formats/gpt/identifiers.js';
import { MEBIBYTE, SECTOR_SIZE, type DiskLayout, type Place } from './disk-layout.js';
import { runTool } from './tools.js';

export interface TableRequest {
  readonly directory: string;
  /** Name of the disk image in it. */
  readonly disk: string;
  readonly layout: DiskLayout;
  readonly rootType: string;
  readonly uuids: { readonly disk: string; readonly esp: string; readonly root: string };
}

/** The disk has its size already. */
export async function writePartitionTable(request: TableRequest): Promise<void> {
  const { directory, disk } = request;
  const options = ['--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never'];
  await runTool('sfdisk', [...options, '--wipe-partitions', 'never', disk], {
    cwd: directory,
    input: Buffer.from(sfdiskScript(request)),
    discardOutput: true,
  });
}

/** What sfdisk reads. @param sectorSize the disk's, in bytes */
export function sfdiskScript(
  { layout, rootType, uuids }: Omit<TableRequest, 'directory' | 'disk'>,
  sectorSize = SECTOR_SIZE,
): string {
  const line = (place: Place, type: string, uuid: string, name: string) =>
    `start=${place.start / sectorSize}, size=${place.size / sectorSize}, type=${type}, uuid=${uuid.toUpperCase()}, name="${name}"`;
  return [
    'label: gpt',
    `label-id: ${uuids.disk.toUpperCase()}`,
    'unit: sectors',
    `sector-size: ${sectorSize}`,
    `first-lba: ${MEBIBYTE / sectorSize}`,
    '',
    line(layout.esp, ESP_TYPE, uuids.esp, 'esp'),
    line(layout.root, rootType, uuids.root, 'root'),
    '',
  ].join('\n');
}
