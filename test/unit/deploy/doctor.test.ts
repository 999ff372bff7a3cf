/** What a machine lacks, from facts about it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examine, type Check } from '../../../src/deploy/doctor/examine.js';
import type { Facts } from '../../../src/deploy/doctor/facts.js';
import type { Purpose } from '../../../src/deploy/doctor/rule.js';

/** A machine that lacks nothing. */
const GOOD: Facts = {
  kernel: '6.12.90+deb13-amd64',
  isRoot: true,
  erofs: 'there',
  overlay: 'there',
  vfat: 'module',
  loop: 'there',
  dmCrypt: 'module',
  overlayVerity: 'works',
  overlayDataLayers: 'works',
  erofsFile: 'works',
  place: '/sysroot/composefs',
  fileSystem: 'ext4',
  verity: true,
  free: 50e9,
  uefi: true,
  secureBoot: true,
  tpm: 2,
  esp: '/efi',
  systemd: true,
  node: '20.19.2',
  cryptenroll: 257,
  missingPrograms: new Set(),
  testPackages: [{ package: 'jq', lost: 'the test that runs the how-tos', isInstalled: true }],
};

function notOk(facts: Partial<Facts>, purpose?: Purpose): Check[] {
  return examine({ ...GOOD, ...facts }, purpose).checks.filter(({ result }) => result !== 'ok');
}

for (const purpose of [undefined, 'host', 'release', 'test'] as const)
  test(`a machine that lacks nothing will do for ${purpose ?? 'nothing in particular'}`, () => {
    const { ok, checks } = examine(GOOD, purpose);
    assert.ok(ok);
    for (const { name, result, costs, remedy } of checks)
      assert.deepEqual(
        { name, result, costs, remedy },
        { name, result: 'ok', costs: null, remedy: null },
      );
  });

interface Lack {
  readonly facts: Partial<Facts>;
  readonly for: Purpose;
  readonly name: string;
  readonly result?: Check['result'];
  /** Whether the purpose is met all the same. */
  readonly met?: boolean;
  readonly found?: RegExp;
}

const LACKS: readonly Lack[] = [
  { facts: { kernel: '6.5.13' }, for: 'host', name: 'kernel', found: /Linux 6\.5/ },
  { facts: { kernel: '5.15.0' }, for: 'host', name: 'kernel' },
  { facts: { erofs: 'absent' }, for: 'host', name: 'erofs' },
  { facts: { overlay: 'absent' }, for: 'host', name: 'overlayfs' },
  { facts: { vfat: 'absent' }, for: 'host', name: 'vfat' },
  { facts: { overlayVerity: 'refused' }, for: 'host', name: 'overlayfs-verity' },
  {
    facts: { overlayVerity: 'not tried' },
    for: 'host',
    name: 'overlayfs-verity',
    result: 'unknown',
    met: true,
  },
  {
    facts: { overlayDataLayers: 'refused' },
    for: 'host',
    name: 'overlayfs-data-layers',
    met: true,
  },
  { facts: { erofsFile: 'refused' }, for: 'host', name: 'erofs-file', met: true },
  {
    facts: { kernel: '6.6.9', erofsFile: 'not tried' },
    for: 'host',
    name: 'erofs-file',
    met: true,
    found: /came with Linux 6\.12/,
  },
  { facts: { loop: 'absent', erofsFile: 'refused' }, for: 'host', name: 'loop' },
  { facts: { dmCrypt: 'absent' }, for: 'host', name: 'dm-crypt', met: true },
  {
    facts: { missingPrograms: new Set(['cryptsetup']) },
    for: 'host',
    name: 'cryptsetup-bin',
    met: true,
  },
  { facts: { cryptenroll: undefined }, for: 'host', name: 'systemd-cryptsetup', met: true },
  {
    facts: { cryptenroll: 254 },
    for: 'host',
    name: 'systemd-cryptsetup',
    met: true,
    found: /cryptenroll 254$/,
  },
  { facts: { verity: false, fileSystem: 'xfs' }, for: 'host', name: 'fs-verity', found: /^xfs at/ },
  { facts: { verity: false }, for: 'release', name: 'fs-verity', met: true },
  { facts: { uefi: false }, for: 'host', name: 'uefi' },
  { facts: { secureBoot: false }, for: 'host', name: 'secure-boot', met: true },
  {
    facts: { secureBoot: undefined },
    for: 'host',
    name: 'secure-boot',
    result: 'unknown',
    met: true,
  },
  { facts: { tpm: undefined }, for: 'host', name: 'tpm', met: true },
  { facts: { esp: undefined }, for: 'host', name: 'esp', met: true },
  { facts: { systemd: false }, for: 'host', name: 'systemd' },
  { facts: { free: 3e9 }, for: 'release', name: 'space', met: true, found: /^3\.0 GB/ },
  { facts: { isRoot: false }, for: 'test', name: 'root', met: true },
  { facts: { node: '18.20.0' }, for: 'test', name: 'node' },
  { facts: { testPackages: undefined }, for: 'test', name: 'checkout' },
  {
    facts: { testPackages: [{ package: 'jq', lost: 'how-tos', isInstalled: false }] },
    for: 'test',
    name: 'test-jq',
  },
  { facts: { missingPrograms: new Set(['mmd']) }, for: 'release', name: 'mtools', found: /: mmd$/ },
  { facts: { missingPrograms: new Set(['debugfs']) }, for: 'release', name: 'e2fsprogs' },
  { facts: { missingPrograms: new Set(['mkfs.vfat']) }, for: 'release', name: 'dosfstools' },
  { facts: { missingPrograms: new Set(['sfdisk']) }, for: 'release', name: 'fdisk' },
  { facts: { missingPrograms: new Set(['xargs']) }, for: 'release', name: 'findutils' },
  { facts: { missingPrograms: new Set(['zstd']) }, for: 'release', name: 'zstd', met: true },
  { facts: { missingPrograms: new Set(['xz']) }, for: 'release', name: 'xz-utils', met: true },
  { facts: { missingPrograms: new Set(['blkid']) }, for: 'host', name: 'util-linux', met: true },
  {
    facts: { missingPrograms: new Set(['mkfs.btrfs']) },
    for: 'host',
    name: 'btrfs-progs',
    met: true,
  },
];

for (const { facts, for: purpose, name, result = 'lacks', met = false, found } of LACKS)
  test(`${name} is what ${JSON.stringify({ ...facts, missingPrograms: [...(facts.missingPrograms ?? [])] })} comes to for ${purpose}`, () => {
    const odd = notOk(facts, purpose);
    const check = odd.find((one) => one.name === name);
    assert.equal(check?.result, result);
    assert.ok(check.costs !== null && check.remedy !== null);
    if (found !== undefined) assert.match(check.found, found);
    assert.equal(examine({ ...GOOD, ...facts }, purpose).ok, met);
  });

test('every rule is one that the cases above make not ok', () => {
  const names = (['host', 'release', 'test'] as const).flatMap((purpose) =>
    examine(GOOD, purpose).checks.map(({ name }) => name),
  );
  const tried = new Set(LACKS.map(({ name }) => name));
  assert.deepEqual(
    [...new Set(names)].filter((name) => !tried.has(name)),
    [],
  );
});

test('a kernel with file-backed EROFS needs no loop device', () => {
  assert.deepEqual(notOk({ loop: 'absent' }, 'host'), []);
});

test('without a purpose nothing is required', () => {
  const { ok, purpose } = examine({ ...GOOD, uefi: false }, undefined);
  assert.deepEqual({ ok, purpose }, { ok: true, purpose: null });
});
