/**
 * Puts variables into the file in which a virtual firmware (OVMF) keeps them, as if they had been set before the machine was
 * switched on: the keys of an owner, and what the firmware is to start. The firmware itself says whether it was done right: it
 * ignores a store with an error, and then Secure Boot is off.
 *
 * The format is that of EDK II, MdeModulePkg/Include/Guid/VariableFormat.h: a firmware volume whose header is followed by the
 * store's header (28 bytes) and the variables, each at a multiple of four.
 */
import assert from 'node:assert/strict';
import { encodeGuid, GUID } from '../../../src/formats/efi-variables/efi-guid.js';

/** UEFI 2.10, 8.2.1. */
const NON_VOLATILE = 1;
const BOOT_SERVICE = 2;
const RUNTIME = 4;
const TIME_BASED_AUTHENTICATED = 0x20;

export interface FirmwareVariable {
  readonly name: string;
  readonly vendor: Buffer;
  readonly attributes: number;
  readonly data: Uint8Array;
}

const GLOBAL = encodeGuid(GUID.EFI_GLOBAL_VARIABLE);
const IMAGE_SECURITY = encodeGuid(GUID.EFI_IMAGE_SECURITY_DATABASE);
/** Of boot loaders (systemd, "The Boot Loader Interface"). */
const LOADER = encodeGuid('4a67b082-0a4c-41cf-b6c7-440b29bb8c4f');
/** EDK II, SecurityPkg/Include/Guid/AuthenticatedVariableFormat.h. */
const SECURE_BOOT_ENABLE = encodeGuid('f0a30bc7-af08-4556-99c4-001009c93a44');
const CUSTOM_MODE = encodeGuid('c076ec0c-7028-4399-a072-71ee5c448b9f');

/** A key variable of the owner: PK, KEK, db, dbx. */
export function keyVariable(name: 'PK' | 'KEK' | 'db' | 'dbx', data: Uint8Array): FirmwareVariable {
  const vendor = name.startsWith('db') ? IMAGE_SECURITY : GLOBAL;
  return { name, vendor, attributes: BOOT | RUNTIME | TIME_BASED_AUTHENTICATED, data };
}

const BOOT = NON_VOLATILE | BOOT_SERVICE;

/** Such as `Boot0001` and `BootOrder`. */
export function globalVariable(name: string, data: Uint8Array): FirmwareVariable {
  return { name, vendor: GLOBAL, attributes: BOOT | RUNTIME, data };
}

/** One of boot loader or stub, as a running system can make it: theirs are gone after the boot. */
export function lastingLoaderVariable(name: string, data: Uint8Array): FirmwareVariable {
  return { name, vendor: LOADER, attributes: BOOT | RUNTIME, data };
}

/** OVMF enforces signatures where a PK is there and this is: the switch of its menu. */
export const ENFORCED = secureBootSwitch(true);

export function secureBootSwitch(isOn: boolean): readonly FirmwareVariable[] {
  const data = Buffer.of(isOn ? 1 : 0);
  return [
    { name: 'SecureBootEnable', vendor: SECURE_BOOT_ENABLE, attributes: BOOT, data },
    { name: 'CustomMode', vendor: CUSTOM_MODE, attributes: BOOT, data: Buffer.of(0) },
  ];
}

const STORE_FORMAT = encodeGuid('aaf32c78-947b-439a-a180-2e144ec37792');
const STORE_HEADER = 28;
const VOLUME_HEADER_LENGTH_AT = 48;
const VARIABLE_START = 0x55aa;
/** The header of a variable with everything written. */
const ADDED = 0x3f;
const VARIABLE_HEADER = 60;
/** Of an EFI_TIME; the firmware wants the later ones of updates. */
const YEAR = 2026;

/** A copy of `flash` with these variables behind those that are there. */
export function withVariables(flash: Buffer, variables: readonly FirmwareVariable[]): Buffer {
  const store = Buffer.from(flash);
  const start = store.readUInt16LE(VOLUME_HEADER_LENGTH_AT);
  assert.deepEqual(store.subarray(start, start + STORE_FORMAT.length), STORE_FORMAT);
  const end = start + store.readUInt32LE(start + STORE_FORMAT.length);
  let at = afterVariables(store, start + STORE_HEADER);
  for (const variable of variables) {
    const bytes = encode(variable);
    assert.ok(at + bytes.length <= end, 'the store of the firmware is full');
    bytes.copy(store, at);
    at = aligned(at + bytes.length);
  }
  return store;
}

/** Where the first free byte is. */
function afterVariables(store: Buffer, first: number): number {
  let at = first;
  while (store.readUInt16LE(at) === VARIABLE_START) {
    const nameSize = store.readUInt32LE(at + 36);
    const dataSize = store.readUInt32LE(at + 40);
    at = aligned(at + VARIABLE_HEADER + nameSize + dataSize);
  }
  return at;
}

function encode({ name, vendor, attributes, data }: FirmwareVariable): Buffer {
  const header = Buffer.alloc(VARIABLE_HEADER);
  header.writeUInt16LE(VARIABLE_START, 0);
  header.writeUInt8(ADDED, 2);
  header.writeUInt32LE(attributes, 4);
  if ((attributes & TIME_BASED_AUTHENTICATED) !== 0) {
    // 1 January; the rest is midnight.
    header.writeUInt16LE(YEAR, 16);
    header.writeUInt8(1, 18);
    header.writeUInt8(1, 19);
  }
  const nameBytes = Buffer.from(`${name}\0`, 'utf16le');
  header.writeUInt32LE(nameBytes.length, 36);
  header.writeUInt32LE(data.length, 40);
  vendor.copy(header, 44);
  return Buffer.concat([header, nameBytes, data]);
}

function aligned(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}
