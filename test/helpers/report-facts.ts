/** Facts of a small report: of two trees in memory, with what the tests want to be called otherwise. */
import { findAreas } from '../../src/disk/report/change-areas.js';
import { compareFiles } from '../../src/disk/report/file-changes.js';
import { comparePrivileges } from '../../src/disk/report/privileged-files.js';
import type { ReleaseFacts } from '../../src/disk/report/release-facts.js';
import type { ReportFacts } from '../../src/disk/report/report-facts.js';
import type { CommitId } from '../../src/formats/commit/commit.js';
import { comparePackages } from '../../src/formats/packages/compare-packages.js';
import type { Package } from '../../src/formats/packages/package.js';
import type { Directory, RegularFile, Tree } from '../../src/formats/tree/model.js';
import type { KeyId } from '../../src/formats/seal/key.js';
import { ascii, fromBytes, type ByteString } from '../../src/util/bytes.js';
import type { Digest } from '../../src/util/digest.js';
import { directory, externalFile, stat } from './image-trees.js';

/** Everything in a report that others name. */
export interface Names {
  /** A name of a file and of a directory. */
  readonly file: ByteString;
  /** Text of a commit, a key, a certificate, a kernel argument. */
  readonly text: string;
}

export const PLAIN: Names = { file: ascii('plain'), text: 'plain' };

const digit = (digit: string) => digit.repeat(64) as Digest;
/** `cap_net_raw=ep` */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

function privileged(file: RegularFile, changes: Partial<RegularFile>): RegularFile {
  return { ...file, ...changes };
}

function treeOf(usr: Directory): Tree {
  return { root: directory({ usr }) };
}

/** A directory with one entry of a name that need not be text. */
function holding(name: ByteString, entry: RegularFile | Directory): Directory {
  return {
    kind: 'directory',
    ...stat(),
    mode: 0o755,
    nlink: 2,
    children: new Map([[name, entry]]),
  };
}

export function sampleTrees({ file }: Names): readonly [before: Tree, after: Tree] {
  const tool = externalFile(50_000, digit('1'));
  const same = externalFile(7000, digit('2'));
  const before = directory({
    bin: directory({
      su: privileged(externalFile(80_000, digit('3')), { mode: 0o4755 }),
      tool,
      same,
    }),
    lib: directory({ old: holding(file, externalFile(900_000, digit('4'))) }),
  });
  const after = directory({
    bin: directory({
      su: privileged(externalFile(81_000, digit('5')), { mode: 0o4755 }),
      tool: privileged(tool, { mode: 0o2755, gid: 42 }),
      same: privileged(same, { mode: 0o600 }),
      ping: privileged(externalFile(60_000, digit('6')), {
        xattrs: new Map([[ascii('security.capability'), fromBytes(CAPABILITY)]]),
      }),
    }),
    lib: directory({ new: holding(file, holding(file, externalFile(1_200_000, digit('7')))) }),
    share: holding(file, privileged(externalFile(3000, digit('8')), { mode: 0o4755, uid: 7 })),
  });
  return [treeOf(before), treeOf(after)];
}

function samplePackages(): readonly [before: Package[], after: Package[]] {
  const dpkg = (name: string, version: string): Package => ({
    manager: 'dpkg',
    name,
    version,
    architecture: 'amd64',
  });
  return [
    [dpkg('bash', '5.2.37-2'), dpkg('older', '2.0-1'), dpkg('telnet', '0.17-1')],
    [dpkg('bash', '5.2.37-2+deb13u1'), dpkg('older', '1.9-1'), dpkg('chrony', '4.6-3')],
  ];
}

function release(version: string, names: Names): ReleaseFacts {
  const digestOf = { '1.0': 'a', '1.1': 'b' }[version] ?? 'c';
  return {
    id: digit(digestOf) as string as CommitId,
    imageDigest: digit(digestOf),
    commit: {
      format: 1,
      image: `v1-sha256-12:${digit(digestOf)}`,
      imageSize: 4096,
      name: 'example-os',
      version,
      sequence: version === '1.0' ? 1_795_428_000 : 1_795_514_400,
      time: version === '1.0' ? '2026-11-23T10:00:00Z' : '2026-11-24T10:00:00Z',
      files: 9,
      bytes: 1_037_000,
      os: { id: 'example', prettyName: `Example OS ${version} ${names.text}` },
      kernel: { release: `6.12.${version} ${names.text}` },
      source: { git: { url: names.text, commit: 'd'.repeat(40), dirty: true } },
      message: `First line\n${names.text}`,
    },
    seal: {
      decision: {
        accepted: true,
        code: 'SEAL_ACCEPTED',
        reason: `sealed by 1 known key ${names.text}`,
      },
      signatures: [
        {
          name: `release.example.org ${names.text}`,
          keyId: '5d5f011c' as KeyId,
          known: true,
          valid: true,
          revoked: false,
          counted: true,
        },
        {
          name: 'other.example.org',
          keyId: '00000001' as KeyId,
          known: false,
          valid: undefined,
          revoked: false,
          counted: false,
        },
      ],
    },
    uki: {
      bytes: 40_000_000,
      authenticode: digit('e'),
      signatures: [`CN=${names.text}`],
      problem: undefined,
    },
  };
}

export function sampleFacts(names: Names = PLAIN): ReportFacts {
  const [before, after] = sampleTrees(names);
  const files = compareFiles(before, after);
  const quiet = { value: 'quiet', from: 'image:/usr/lib/rootseal/kargs.d/10-quiet.toml' };
  const hostile = { value: names.text, from: `image:/usr/lib/bootc/kargs.d/${names.text}.toml` };
  return {
    from: release('1.0', names),
    to: release('1.1', names),
    descent: 'parent',
    packages: { difference: comparePackages(...samplePackages()), problem: undefined },
    files,
    areas: findAreas(files.entries),
    privileges: comparePrivileges(before, after),
    arguments: {
      from: { list: [quiet], problem: undefined },
      to: { list: [hostile], problem: undefined },
      added: [hostile],
      removed: [quiet],
      isReordered: false,
    },
    trust: { threshold: 1, knownKeyCount: 1 },
  };
}
