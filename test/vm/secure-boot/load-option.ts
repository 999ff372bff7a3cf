/** What the firmware is to start, one after the other: `Boot####` and `BootOrder` (UEFI 2.10, 3.1.3 and 10.3). */
import { encodeGuid } from '../../../src/formats/efi-variables/efi-guid.js';
import { run } from '../qemu/programs.js';
import { globalVariable, type FirmwareVariable } from './variable-store.js';

const ACTIVE = 1;
const MEDIA = 4;
const HARD_DRIVE = 1;
const FILE_PATH = 4;
const GPT = 2;
const SIGNATURE_IS_GUID = 2;
const END = Buffer.of(0x7f, 0xff, 4, 0);

/** Files on the ESP of a disk, in the order in which they are tried. The firmware goes on when one is refused, or returns. */
export function bootOptions(
  disk: string,
  files: readonly { readonly name: string; readonly path: string }[],
): FirmwareVariable[] {
  const partition = partitionNode(disk);
  const order = Buffer.concat(
    files.map((_, index) => {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(index);
      return number;
    }),
  );
  return [
    globalVariable('BootOrder', order),
    ...files.map(({ name, path }, index) =>
      globalVariable(optionName(index), loadOption(name, [partition, fileNode(path), END])),
    ),
  ];
}

export function optionName(index: number): string {
  return `Boot${index.toString(16).toUpperCase().padStart(4, '0')}`;
}

function loadOption(name: string, path: readonly Buffer[]): Buffer {
  const nodes = Buffer.concat(path);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(ACTIVE, 0);
  header.writeUInt16LE(nodes.length, 4);
  return Buffer.concat([header, Buffer.from(`${name}\0`, 'utf16le'), nodes]);
}

function node(subtype: number, data: Buffer): Buffer {
  const header = Buffer.of(MEDIA, subtype, 0, 0);
  header.writeUInt16LE(header.length + data.length, 2);
  return Buffer.concat([header, data]);
}

function fileNode(path: string): Buffer {
  return node(FILE_PATH, Buffer.from(`${path.replaceAll('/', '\\')}\0`, 'utf16le'));
}

interface Table {
  readonly partitiontable: {
    readonly partitions: readonly {
      readonly start: number;
      readonly size: number;
      readonly uuid: string;
    }[];
  };
}

/** The ESP: the first partition of the disks that `disk build` makes. */
function partitionNode(disk: string): Buffer {
  const { partitiontable } = JSON.parse(run('sfdisk', ['--json', disk])) as Table;
  const [esp] = partitiontable.partitions;
  if (esp === undefined) throw new Error(`${disk} has no partition`);
  const data = Buffer.alloc(38);
  data.writeUInt32LE(1, 0);
  data.writeBigUInt64LE(BigInt(esp.start), 4);
  data.writeBigUInt64LE(BigInt(esp.size), 12);
  encodeGuid(esp.uuid).copy(data, 20);
  data.writeUInt8(GPT, 36);
  data.writeUInt8(SIGNATURE_IS_GUID, 37);
  return node(HARD_DRIVE, data);
}
