/**
 * File capabilities: the value of the attribute `security.capability` in words, as getcap(8) prints them (linux/capability.h,
 * `struct vfs_cap_data` and `vfs_ns_cap_data`; names of Linux 6.12).
 */
import { toBytes, type ByteString } from '../../util/bytes.js';

const NAMES = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid'],
  ...['setpcap', 'linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw'],
  ...['ipc_lock', 'ipc_owner', 'sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct'],
  ...['sys_admin', 'sys_boot', 'sys_nice', 'sys_resource', 'sys_time', 'sys_tty_config', 'mknod'],
  ...['lease', 'audit_write', 'audit_control', 'setfcap', 'mac_override', 'mac_admin', 'syslog'],
  ...['wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf', 'checkpoint_restore'],
];

/** By revision, in the top byte of the first word: the size of the value, and how many words each set has. */
const REVISIONS = new Map([
  [0x01, { size: 12, words: 1 }],
  [0x02, { size: 20, words: 2 }],
  [0x03, { size: 24, words: 2 }],
]);
const EFFECTIVE = 0x000001;

/** `cap_net_raw=ep`; the value in hex where it is none that Linux takes. */
export function describeCapabilities(value: ByteString): string {
  const bytes = toBytes(value);
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  const layout = REVISIONS.get(magic >>> 24);
  if (layout?.size !== bytes.length) return `security.capability 0x${bytes.toString('hex')}`;
  const sets = setsOf(bytes, layout.words, (magic & EFFECTIVE) === 0 ? '' : 'e');
  // Root of a user namespace, whose id stands in the last word.
  const root = layout.size === 24 ? bytes.readUInt32LE(20) : 0;
  return [...sets, ...(root === 0 ? [] : [`[rootid=${root}]`])].join(' ');
}

/** Capabilities that have the same flags, together. */
function setsOf(bytes: Buffer, words: number, effective: string): string[] {
  const byFlags = new Map<string, string[]>();
  for (let index = 0; index < 32 * words; index++) {
    const at = 4 + 8 * (index >>> 5);
    const has = (offset: number) => ((bytes.readUInt32LE(offset) >>> (index & 31)) & 1) === 1;
    const flags = `${has(at) ? 'p' : ''}${has(at + 4) ? 'i' : ''}`;
    if (flags === '') continue;
    const names = byFlags.get(effective + flags) ?? [];
    byFlags.set(effective + flags, [...names, `cap_${NAMES[index] ?? String(index)}`]);
  }
  return [...byFlags].map(([flags, names]) => `${names.join(',')}=${flags}`);
}
