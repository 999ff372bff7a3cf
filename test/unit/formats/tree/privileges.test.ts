import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeCapabilities } from '../../../../src/formats/tree/capabilities.js';
import type { Directory, Entry, RegularFile, Tree } from '../../../../src/formats/tree/model.js';
import { diffPrivileges, rightsGained } from '../../../../src/formats/tree/privileges.js';
import { ascii, fromBytes, type ByteString } from '../../../../src/util/bytes.js';

const value = (hex: string): ByteString => fromBytes(Buffer.from(hex, 'hex'));
/** What `setcap cap_net_raw+ep` writes. */
const NET_RAW = value('0100000200200000000000000000000000000000');

describe('capabilities', () => {
  for (const [hex, words] of [
    ['0100000200200000000000000000000000000000', 'cap_net_raw=ep'],
    ['0000000200200000000000000000000000000000', 'cap_net_raw=p'],
    [
      '0100000203000000040000000001000000000000',
      'cap_chown,cap_dac_override,cap_checkpoint_restore=ep cap_dac_read_search=ei',
    ],
    ['01000001002000000000', 'security.capability 0x01000001002000000000'],
    ['010000010020000000000000', 'cap_net_raw=ep'],
    ['0100000300200000000000000000000000000000e8030000', 'cap_net_raw=ep [rootid=1000]'],
    ['0000000200000000000000000000000000000080', 'cap_63=i'],
    ['', 'security.capability 0x'],
  ] as const)
    test(`${hex} is ${words}`, () => {
      assert.equal(describeCapabilities(value(hex)), words);
    });
});

const stat = { uid: 0, gid: 0, nlink: 1, mtimeSec: 0, mtimeNsec: 0, xattrs: new Map() };

function file(mode: number, extra: Partial<RegularFile> = {}): RegularFile {
  const content = { size: 0, inline: undefined, digest: undefined, payload: undefined };
  return { kind: 'file', ...stat, ...content, mode, ...extra };
}

function treeOf(entries: Readonly<Record<string, Entry>>): Tree {
  const children = new Map(Object.entries(entries) as [ByteString, Entry][]);
  const root: Directory = { kind: 'directory', ...stat, mode: 0o755, children };
  return { root };
}

test('privileges that appeared, went and changed are told, and nothing else is', () => {
  const su = file(0o4755);
  const xattrs = new Map([[ascii('security.capability'), NET_RAW]]);
  const setgidDirectory: Directory = {
    kind: 'directory',
    ...stat,
    mode: 0o2755,
    children: new Map(),
  };
  const before = treeOf({ same: file(0o4755), gone: file(0o2755), owner: file(0o4755), plain: su });
  const after = treeOf({
    same: file(0o4755, { size: 7 }),
    owner: file(0o4755, { uid: 5 }),
    plain: file(0o755),
    ping: file(0o755, { xattrs }),
    wall: file(0o2755),
    link: { kind: 'link', target: file(0o6711) },
    spool: setgidDirectory,
  });
  const rights = (mode: string, uid = 0, capabilities: string | null = null) => {
    return { mode, uid, gid: 0, capabilities };
  };
  assert.deepEqual(diffPrivileges(before, after), [
    { path: '/gone', rightsBefore: rights('2755'), rightsAfter: null },
    { path: '/link', rightsBefore: null, rightsAfter: rights('6711') },
    { path: '/owner', rightsBefore: rights('4755'), rightsAfter: rights('4755', 5) },
    { path: '/ping', rightsBefore: null, rightsAfter: rights('0755', 0, 'cap_net_raw=ep') },
    { path: '/plain', rightsBefore: rights('4755'), rightsAfter: null },
    { path: '/wall', rightsBefore: null, rightsAfter: rights('2755') },
  ]);
  assert.deepEqual(diffPrivileges(undefined, before).length, 4);
});

test('the rights that a file gained are told, and not those that it kept or lost', () => {
  const rights = (mode: string, capabilities: string | null = null, uid = 0, gid = 0) => {
    return { mode, uid, gid, capabilities };
  };
  assert.deepEqual(rightsGained(null, rights('6755', 'cap_net_raw=ep')), [
    'setuid',
    'setgid',
    'capabilities',
  ]);
  assert.deepEqual(rightsGained(rights('4755'), rights('4711')), []);
  assert.deepEqual(rightsGained(rights('4755'), rights('4755', null, 0, 5)), []);
  assert.deepEqual(rightsGained(rights('4755'), rights('4755', null, 5)), ['setuid']);
  assert.deepEqual(rightsGained(rights('2755'), rights('2755', null, 0, 5)), ['setgid']);
  assert.deepEqual(rightsGained(rights('0755', 'cap_chown=ep'), rights('0755', 'cap_bpf=ep')), [
    'capabilities',
  ]);
  assert.deepEqual(rightsGained(rights('6755', 'cap_chown=ep'), rights('2755')), []);
  assert.deepEqual(rightsGained(rights('6755'), null), []);
});
