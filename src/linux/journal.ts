/**
 * Messages to the journal in its native protocol (systemd 257, "Native Journal Protocol"): one datagram an entry, a line
 * `KEY=value` for each field, or the key, a line feed, the length and the bytes where a value has several lines.
 *
 * Node has no datagram sockets of the Unix family, so this goes through the C library. A journal that is not there, full
 * or in trouble never stops what is being told.
 */
import { existsSync } from 'node:fs';
import { native } from './libc.js';

/** Where journald listens. */
export const JOURNAL_SOCKET = '/run/systemd/journal/socket';

/** Longest value, in bytes: several of them fit into one datagram (net.core.wmem_default is 208 KiB). */
export const VALUE_MAX = 32 * 1024;
/** Longest entry, in bytes. Fields that no longer fit are left out. */
export const ENTRY_MAX = 128 * 1024;

/** Linux include/linux/socket.h, include/linux/net.h, asm-generic/socket.h. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
/** Longest path of a socket, without the NUL byte (unix(7)). */
const SUN_PATH_MAX = 107;
/** How long a journal that does not read may hold up the program, in seconds. */
const PATIENCE = 1;

const FIELD_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

const socket = native<[number, number, number]>('socket', 'int', ['int', 'int', 'int']);
const setsockopt = native<[number, number, number, Uint8Array, number]>('setsockopt', 'int', [
  ...['int', 'int', 'int', 'void *', 'uint32_t'],
]);
const sendto = native<[number, Uint8Array, number, number, Uint8Array, number]>('sendto', 'long', [
  ...['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t'],
]);
const close = native<[number]>('close', 'int', ['int']);

/**
 * The bytes of an entry.
 *
 * @param fields in the order of their importance; names are capitals, digits and underscores (others are left out, as
 * journald does), values are cut at `VALUE_MAX`
 */
export function encodeJournalEntry(fields: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (!FIELD_NAME.test(name)) continue;
    const part = encodeField(name, cut(Buffer.from(value, 'utf8')));
    if (length + part.length > ENTRY_MAX) continue;
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts);
}

function encodeField(name: string, value: Uint8Array): Uint8Array {
  const end = Buffer.from('\n');
  if (!value.includes(0x0a)) return Buffer.concat([Buffer.from(`${name}=`), value, end]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([Buffer.from(`${name}\n`), size, value, end]);
}

/** Not in the middle of a character. */
function cut(value: Uint8Array): Uint8Array {
  if (value.length <= VALUE_MAX) return value;
  let end = VALUE_MAX;
  while (end > 0 && ((value[end] ?? 0) & 0xc0) === 0x80) end--;
  return value.subarray(0, end);
}

/**
 * Sends one entry. Never throws, and waits for a second at most.
 *
 * @returns whether somebody took it
 */
export function sendJournalEntry(
  fields: Readonly<Record<string, string>>,
  path = JOURNAL_SOCKET,
): boolean {
  if (path.length > SUN_PATH_MAX || !existsSync(path)) return false;
  try {
    const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd === -1) return false;
    try {
      // struct timeval: seconds and microseconds, each a long.
      const patience = new BigInt64Array([BigInt(PATIENCE), 0n]);
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, new Uint8Array(patience.buffer), patience.byteLength);
      const entry = encodeJournalEntry(fields);
      const address = socketAddress(path);
      return sendto(fd, entry, entry.length, MSG_NOSIGNAL, address, address.length) !== -1;
    } finally {
      close(fd);
    }
  } catch {
    // The native library cannot be loaded: as good as no journal.
    return false;
  }
}

/** struct sockaddr_un: the family in the machine's byte order, the path, a NUL byte. */
function socketAddress(path: string): Uint8Array {
  const family = new Uint8Array(new Uint16Array([AF_UNIX]).buffer);
  return Buffer.concat([family, Buffer.from(`${path}\0`, 'latin1')]);
}
