/** What firmware, system and disk must have. */
import { BUILD_TOOLS, INSTALL_TOOLS, packageOf, type Tool } from '../../disk/tools.js';
import { CRYPTENROLL_MIN } from '../install/encryption/support.js';
import type { Facts } from './facts.js';
import { isAtLeast } from './kernel-rules.js';
import { lacks, ok, unknown, type Answer, type Purpose, type Rule } from './rule.js';

const GB = 1e9;
/** A release of a small system and its successor; a tree, its repository and its disk; caches of the tests. */
const ROOM: Readonly<Record<Purpose, number>> = { host: GB, release: 4 * GB, test: 10 * GB };

/** @param purpose which decides how much room there must be */
export function machineRules(purpose: Purpose): readonly Rule[] {
  const room = ROOM[purpose];
  return [
    ...FIRMWARE_RULES,
    {
      name: 'space',
      needs: { host: 'wanted', release: 'wanted', test: 'wanted' },
      judge: ({ free, place }) => (free >= room ? ok : lacks)(`${gigabytes(free)} at ${place}`),
      costs: 'work may end with "no space left"',
      remedy: `at least ${gigabytes(room)} free; rootseal gc removes what nothing needs`,
    },
    {
      name: 'root',
      needs: { host: 'wanted', release: 'wanted', test: 'wanted' },
      judge: ({ isRoot }) => (isRoot ? ok('this is root') : lacks('this is an ordinary user')),
      costs:
        'deployments cannot be changed nor images mounted; trees lose owners and devices; some tests are skipped',
      remedy: 'run it as root',
    },
  ];
}

const FIRMWARE_RULES: readonly Rule[] = [
  {
    name: 'uefi',
    needs: { host: 'required' },
    judge: ({ uefi }) => (uefi ? ok('started by UEFI') : lacks('not started by UEFI')),
    costs: 'there is no boot loader that rootseal could tell what to start',
    remedy: 'firmware with UEFI, not in its BIOS mode; a virtual machine needs OVMF (package ovmf)',
  },
  {
    name: 'secure-boot',
    needs: { host: 'wanted' },
    judge: ({ secureBoot }) => judgeSecureBoot(secureBoot),
    costs:
      'nothing vouches for kernel and initramfs: anyone who can write to the disk can change them',
    remedy: 'switch Secure Boot on in the firmware, with keys that sign the kernel',
  },
  {
    name: 'tpm',
    needs: { host: 'wanted' },
    judge: ({ tpm }) => (tpm === undefined ? lacks('none') : ok(`TPM ${tpm}`)),
    costs: 'disk keys cannot be bound to what was booted: no `install to-disk --encrypt tpm2`',
    remedy: 'a TPM 2.0, switched on in the firmware; a virtual machine needs swtpm',
  },
  {
    name: 'esp',
    needs: { host: 'wanted' },
    judge: ({ esp }) => (esp === undefined ? lacks('not mounted') : ok(`mounted at ${esp}`)),
    costs: 'boot entries and kernels cannot be written',
    remedy: 'mount the EFI system partition at /efi or /boot, or name it with --boot DIR',
  },
  {
    name: 'systemd',
    needs: { host: 'required' },
    judge: ({ systemd }) =>
      systemd ? ok('runs this system') : lacks('something else runs this system'),
    costs: 'what is staged does not become the default at shutdown, and no boot is found good',
    remedy: 'an image with systemd as its process 1 (package systemd)',
  },
];

function judgeSecureBoot(secureBoot: boolean | undefined): Answer {
  if (secureBoot === undefined) return unknown('the firmware does not say');
  return secureBoot ? ok('on') : lacks('off');
}

/** A rule for each package, with the programs that rootseal runs. */
export function programRules(): readonly Rule[] {
  const build = byPackage(BUILD_TOOLS).map(([name, programs]) =>
    programRule(name, programs, { needs: { release: 'required' }, costs: 'no `disk build`' }),
  );
  const install = byPackage(INSTALL_TOOLS).map(([name, programs]) =>
    programRule(name, programs, { needs: { host: 'wanted' }, costs: 'no `install to-disk`' }),
  );
  return [
    ...build,
    // One line for each package: what both need is told once.
    ...install.filter(({ name }) => !build.some((rule) => rule.name === name)),
    programRule('btrfs-progs', ['mkfs.btrfs'], {
      needs: { host: 'wanted' },
      costs: 'no `install to-disk --filesystem btrfs`',
    }),
    programRule(packageOf('cryptsetup'), ['cryptsetup'], {
      needs: { host: 'wanted' },
      costs: NO_ENCRYPTION,
    }),
    CRYPTENROLL_RULE,
    programRule('zstd', ['zstd'], { needs: { release: 'wanted' }, costs: 'no tree from tar.zst' }),
    programRule('xz-utils', ['xz'], { needs: { release: 'wanted' }, costs: 'no tree from tar.xz' }),
  ];
}

const NO_ENCRYPTION = 'no `install to-disk --encrypt`';

const CRYPTENROLL_RULE: Rule = {
  name: packageOf('systemd-cryptenroll'),
  needs: { host: 'wanted' },
  judge: ({ cryptenroll }) => {
    if (cryptenroll === undefined) return lacks('not installed: systemd-cryptenroll');
    return (cryptenroll >= CRYPTENROLL_MIN ? ok : lacks)(`systemd-cryptenroll ${cryptenroll}`);
  },
  costs: NO_ENCRYPTION,
  remedy: `apt install ${packageOf('systemd-cryptenroll')}; systemd ${CRYPTENROLL_MIN} or newer: Debian 13 has 257`,
};

/** All programs of these rules. */
export const PROGRAMS: readonly string[] = [
  ...new Set<string>([...BUILD_TOOLS, ...INSTALL_TOOLS, 'mkfs.btrfs', 'cryptsetup', 'zstd', 'xz']),
];

function byPackage(tools: readonly Tool[]): [string, Tool[]][] {
  const packages = new Map<string, Tool[]>();
  for (const tool of tools) {
    const name = packageOf(tool);
    packages.set(name, [...(packages.get(name) ?? []), tool]);
  }
  return [...packages];
}

function programRule(
  name: string,
  programs: readonly string[],
  { needs, costs }: Pick<Rule, 'needs' | 'costs'>,
): Rule {
  return {
    name,
    needs,
    judge: ({ missingPrograms }) => {
      const missing = programs.filter((program) => missingPrograms.has(program));
      return missing.length === 0
        ? ok(programs.join(', '))
        : lacks(`not installed: ${missing.join(', ')}`);
    },
    costs,
    remedy: `apt install ${name}`,
  };
}

/** What `npm test` wants, where there is a checkout. */
export function testRules({ testPackages }: Facts): readonly Rule[] {
  const checkout: Rule = {
    name: 'checkout',
    needs: { test: 'required' },
    judge: () => (testPackages === undefined ? lacks('a package') : ok('a checkout')),
    costs: 'there are no tests: they are not in the package',
    remedy: 'clone the repository of rootseal, and run bin/rootseal.js there',
  };
  const node: Rule = {
    name: 'node',
    needs: { test: 'required' },
    judge: (facts) => (isAtLeast(facts.node, [20, 19]) ? ok : lacks)(`Node ${facts.node}`),
    costs: 'neither compiler nor tests run',
    remedy: 'Node 20.19 or newer; Debian 13 has it (apt install nodejs npm)',
  };
  const packages = (testPackages ?? []).map(({ package: name, lost, isInstalled }): Rule => ({
    name: `test-${name}`,
    needs: { test: 'required' },
    judge: () => (isInstalled ? ok('installed') : lacks('not installed')),
    costs: lost,
    remedy: `apt install ${name}`,
  }));
  return [checkout, node, ...packages];
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
