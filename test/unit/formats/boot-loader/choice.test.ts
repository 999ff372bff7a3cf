/** What systemd-boot 257 starts next, by tables that follow boot_entry_compare and config_select_default_entry of its boot.c. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseEntry,
  compareEntries,
  type ListedEntry,
  type LoaderVariables,
} from '../../../../src/formats/boot-loader/choice.js';
import { parseEntryFileName } from '../../../../src/formats/boot-loader/entry-name.js';
import {
  parseBootEntry,
  parseLoaderConf,
} from '../../../../src/formats/boot-loader/parse-entry.js';

/** @param lines of the entry, separated by `;` */
function listed(file: string, lines = ''): ListedEntry {
  const name = parseEntryFileName(file);
  assert.ok(name);
  return { name, entry: parseBootEntry(Buffer.from(lines.replaceAll(';', '\n'))) };
}

/** As rootseal writes it. */
function own(serial: number, counter = '', name = 'os'): ListedEntry {
  return listed(`rootseal-${name}-${serial}${counter}.conf`, `sort-key rootseal;version ${serial}`);
}

interface Order {
  readonly says: string;
  readonly first: ListedEntry;
  readonly then: ListedEntry;
}

const ORDERS: readonly Order[] = [
  { says: 'the higher serial comes first', first: own(10), then: own(9) },
  { says: 'also with another name', first: own(3, '', 'a'), then: own(2, '', 'b') },
  { says: 'an entry without tries comes last', first: own(1), then: own(2, '+0-3') },
  { says: 'also behind one without sort-key', first: listed('a.conf'), then: own(2, '+0-3') },
  { says: 'two without tries order as others', first: own(2, '+0-3'), then: own(1, '+0-1') },
  { says: 'tries that are left do not matter', first: own(2, '+1-2'), then: own(1) },
  { says: 'a sort-key comes before none', first: own(1), then: listed('z-9.conf', 'version 9') },
  {
    says: 'sort-keys order upwards, by characters',
    first: listed('a.conf', 'sort-key B;version 1'),
    then: listed('b.conf', 'sort-key a;version 2'),
  },
  {
    says: 'a sort-key is not a version',
    first: listed('a.conf', 'sort-key s10'),
    then: listed('b.conf', 'sort-key s9'),
  },
  {
    says: 'an empty sort-key is none',
    first: listed('a.conf', 'sort-key z'),
    then: listed('b.conf', 'sort-key ""'),
  },
  {
    says: 'without machine-id comes first',
    first: listed('a.conf', 'sort-key s;version 1'),
    then: listed('b.conf', 'sort-key s;machine-id 0;version 2'),
  },
  {
    says: 'machine-id comes before version',
    first: listed('a.conf', 'sort-key s;machine-id 0;version 1'),
    then: listed('b.conf', 'sort-key s;machine-id 1;version 2'),
  },
  {
    says: 'a pre-release is older',
    first: listed('a.conf', 'sort-key s;version 1.0'),
    then: listed('b.conf', 'sort-key s;version 1.0~rc1'),
  },
  {
    says: 'a patched release is newer',
    first: listed('a.conf', 'sort-key s;version 1.0^1'),
    then: listed('b.conf', 'sort-key s;version 1.0'),
  },
  {
    says: 'no version is the oldest',
    first: listed('a.conf', 'sort-key s;version 0'),
    then: listed('b.conf', 'sort-key s'),
  },
  {
    says: 'versions do not matter without sort-key',
    first: listed('b.conf', 'version 1'),
    then: listed('a.conf', 'version 2'),
  },
  { says: 'names order downwards', first: listed('a-10.conf'), then: listed('a-9.conf') },
  { says: 'names have no case', first: listed('B.conf'), then: listed('a.conf') },
  { says: 'but counted ones do', first: listed('a.conf'), then: listed('B+3.conf') },
  {
    says: 'of one name, more tries come first',
    first: listed('a+3-2.conf'),
    then: listed('a+2-1.conf'),
  },
  {
    says: 'of one name and as many tries, the one tried less',
    first: listed('a+2.conf'),
    then: listed('a+2-1.conf'),
  },
];

for (const { says, first, then } of ORDERS)
  test(`${says}: ${first.name.file} before ${then.name.file}`, () => {
    assert.ok(compareEntries(first, then) < 0);
    assert.ok(compareEntries(then, first) > 0);
    assert.equal(compareEntries(first, first), 0);
  });

test('of one name, with and without counter, none comes first', () => {
  assert.equal(compareEntries(listed('a.conf'), listed('a+2.conf')), 0);
});

interface Case {
  readonly says: string;
  readonly entries: readonly ListedEntry[];
  readonly conf?: string;
  readonly variables?: LoaderVariables;
  readonly file: string | undefined;
  readonly by?: string;
}

const OTHER = listed('other.conf', 'sort-key a');
const DEFAULT = 'default rootseal-*';

const CASES: readonly Case[] = [
  { says: 'nothing is chosen of nothing', entries: [], file: undefined },
  {
    says: 'without wishes the first one',
    entries: [own(1), OTHER, own(2)],
    file: 'other.conf',
    by: 'order',
  },
  {
    says: 'loader.conf: ours before others, the highest serial',
    entries: [own(9), OTHER, own(10, '+3')],
    conf: DEFAULT,
    file: 'rootseal-os-10+3.conf',
    by: 'loader.conf',
  },
  {
    says: 'what has no tries is left for the one before',
    entries: [own(1), own(2), own(3, '+0-3')],
    conf: DEFAULT,
    file: 'rootseal-os-2.conf',
    by: 'loader.conf',
  },
  {
    says: 'when nothing has tries, the highest serial',
    entries: [own(1, '+0-3'), own(2, '+0-3')],
    conf: DEFAULT,
    file: 'rootseal-os-2+0-3.conf',
    by: 'loader.conf',
  },
  {
    says: 'ours without tries goes before one of others that has some',
    entries: [own(1, '+0-3'), OTHER],
    conf: DEFAULT,
    file: 'rootseal-os-1+0-3.conf',
    by: 'loader.conf',
  },
  {
    says: 'a pattern that nothing matches is not a wish',
    entries: [own(1), OTHER],
    conf: 'default nothing-*',
    file: 'other.conf',
    by: 'order',
  },
  {
    says: 'the variable before loader.conf',
    entries: [own(1), own(2), OTHER],
    conf: DEFAULT,
    variables: { default: 'other.conf' },
    file: 'other.conf',
    by: 'LoaderEntryDefault',
  },
  {
    says: 'one-shot before all',
    entries: [own(1), own(2), OTHER],
    conf: DEFAULT,
    variables: { oneShot: 'rootseal-os-1.conf', default: 'other.conf' },
    file: 'rootseal-os-1.conf',
    by: 'LoaderEntryOneShot',
  },
  {
    says: 'a one-shot name that is gone is not a wish',
    entries: [own(2), OTHER],
    conf: DEFAULT,
    variables: { oneShot: 'rootseal-os-1.conf' },
    file: 'rootseal-os-2.conf',
    by: 'loader.conf',
  },
  {
    says: 'names are meant without counters',
    entries: [own(1, '+2-1'), own(2)],
    variables: { oneShot: 'rootseal-os-1.conf' },
    file: 'rootseal-os-1+2-1.conf',
    by: 'LoaderEntryOneShot',
  },
  {
    says: 'a name with a counter matches nothing',
    entries: [own(1, '+2-1'), own(2)],
    variables: { oneShot: 'rootseal-os-1+2-1.conf' },
    file: 'rootseal-os-2.conf',
    by: 'order',
  },
  {
    says: 'one-shot may also choose what has no tries',
    entries: [own(1), own(2, '+0-3')],
    conf: DEFAULT,
    variables: { oneShot: 'rootseal-os-2.conf' },
    file: 'rootseal-os-2+0-3.conf',
    by: 'LoaderEntryOneShot',
  },
  {
    says: 'wishes have no case',
    entries: [own(1, '', 'Debian'), own(2)],
    variables: { default: 'ROOTSEAL-debian-*' },
    file: 'rootseal-Debian-1.conf',
    by: 'LoaderEntryDefault',
  },
  {
    says: 'counted names keep theirs, so that wishes with capitals miss them',
    entries: [own(1, '+3', 'Debian'), own(2)],
    variables: { default: 'rootseal-Debian-*' },
    file: 'rootseal-os-2.conf',
    by: 'order',
  },
  {
    says: 'our default pattern does not',
    entries: [own(3, '+3', 'Debian'), own(2)],
    conf: DEFAULT,
    file: 'rootseal-Debian-3+3.conf',
    by: 'loader.conf',
  },
  {
    says: '@saved is the entry that was started last',
    entries: [own(1), own(2)],
    conf: 'default @saved',
    variables: { saved: 'rootseal-os-1.conf' },
    file: 'rootseal-os-1.conf',
    by: 'loader.conf',
  },
  {
    says: '@saved as a variable',
    entries: [own(1), own(2)],
    variables: { default: '@SAVED', saved: 'rootseal-os-1.conf' },
    file: 'rootseal-os-1.conf',
    by: 'LoaderEntryDefault',
  },
  {
    says: '@saved with nothing saved is not a wish',
    entries: [own(1), own(2)],
    conf: DEFAULT,
    variables: { default: '@saved' },
    file: 'rootseal-os-2.conf',
    by: 'loader.conf',
  },
  {
    says: 'what was started last does not matter by itself',
    entries: [own(1), own(2)],
    conf: DEFAULT,
    variables: { saved: 'rootseal-os-1.conf' },
    file: 'rootseal-os-2.conf',
    by: 'loader.conf',
  },
  {
    says: 'one-shot knows no @saved',
    entries: [own(1), own(2)],
    variables: { oneShot: '@saved', saved: 'rootseal-os-1.conf' },
    file: 'rootseal-os-2.conf',
    by: 'order',
  },
];

for (const { says, entries, conf = '', variables = {}, file, by } of CASES)
  test(`${says} (${file ?? 'none'})`, () => {
    for (const some of [entries, [...entries].reverse()]) {
      const choice = chooseEntry(some, parseLoaderConf(Buffer.from(conf)), variables);
      assert.equal(choice?.name.file, file);
      assert.equal(choice?.by, by);
    }
  });
