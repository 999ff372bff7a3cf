import { hasModule } from '../../../formats/kmod.js';
import { RootsealError } from '../../../util/errors.js';
import { readModuleIndex } from '../../initramfs/modules.js';
import { fault, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { listed } from '../shown-paths.js';

/** Of which one in each must be there: name in the configuration, and name of the module. */
const WANTED: readonly (readonly (readonly [option: string, module: string])[])[] = [
  [['EROFS_FS', 'erofs']],
  [['OVERLAY_FS', 'overlay']],
  [
    ['EXT4_FS', 'ext4'],
    ['BTRFS_FS', 'btrfs'],
  ],
];
/** Never a module. */
const VERITY = 'FS_VERITY';
const CONFIG_SIZE_MAX = 1 << 20;
/** The first with overlayfs' `verity` option. */
const OLDEST = [6, 6] as const;

export const kernelFeatures: ReleaseRule = {
  id: 'L07',
  name: 'kernel-features',
  severity: 'error',
  describe: 'a kernel before 6.6, or without fs-verity, EROFS, overlayfs, or ext4 and btrfs',
  source: 'docs/formats/boot.md',
  check: async (subject) => {
    const kernel = subject.kernelPaths();
    if (kernel === undefined) return [];
    return [...checkAge(kernel.release), ...(await checkFeatures(subject, kernel.release))];
  },
};

function checkAge(release: string): Problem[] {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(release) ?? [];
  if (major === undefined) return [];
  const isOld =
    Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return isOld
    ? [fault(`Linux ${release} cannot check what it reads: that came with ${OLDEST.join('.')}`)]
    : [];
}

/** By the kernel's configuration, or where there is none by its modules, which do not tell of fs-verity. */
async function checkFeatures(subject: ReleaseSubject, release: string): Promise<Problem[]> {
  const options = await readConfig(subject, release);
  const has = options === undefined ? await moduleTest(subject, release) : undefined;
  if (options === undefined && has === undefined) return [];
  const lacking = WANTED.filter((choices) =>
    choices.every(([option, module]) => options?.has(option) !== true && has?.(module) !== true),
  ).map((choices) => choices.map(([option]) => option).join(' or '));
  if (options?.has(VERITY) === false) lacking.unshift(VERITY);
  return lacking.length === 0
    ? []
    : [fault(`the kernel ${release} lacks ${listed(lacking)}: it cannot mount a checked root`)];
}

async function readConfig(
  { files }: ReleaseSubject,
  release: string,
): Promise<ReadonlySet<string> | undefined> {
  const places = [`/usr/lib/modules/${release}/config`, `/boot/config-${release}`];
  const path = places.find((one) => {
    const found = files.resolve(one);
    return found?.kind === 'file' && found.size <= CONFIG_SIZE_MAX;
  });
  if (path === undefined) return undefined;
  const text = (await files.read(path, CONFIG_SIZE_MAX)).toString('latin1');
  return new Set([...text.matchAll(/^CONFIG_([A-Z0-9_]+)=[ym]$/gm)].map(([, name]) => name ?? ''));
}

async function moduleTest(
  { files }: ReleaseSubject,
  release: string,
): Promise<((name: string) => boolean) | undefined> {
  try {
    const index = await readModuleIndex(files, release);
    if (index.paths.size === 0 && index.builtin.size === 0) return undefined;
    return (name) => hasModule(index, name);
  } catch (error) {
    // The rule about modules says it.
    if (error instanceof RootsealError) return undefined;
    throw error;
  }
}
