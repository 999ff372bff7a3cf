/** The parts of the demo that not every machine can do, and what stands in the way of each here. */
import { lacksFirmware } from '../../dist/test/vm/qemu/programs.js';
import { lacksSecureBoot } from '../../dist/test/vm/secure-boot/lacks.js';
import { isPresent } from '../setup/apt.mjs';

/**
 * What the caller of the demo chose, or has to put up with.
 *
 * @typedef {{ noMount: string | undefined, isOurTree: boolean }} Conditions `noMount` says why nothing can be mounted
 * @typedef {{ part: string, reason: string, onlyRoot: boolean }} Skip `onlyRoot`: root could do it, and the caller is not
 */

/** By name: the part in words, and why it cannot be done (undefined when it can). */
export const parts = {
  fsverity: {
    part: 'what fsverity says about the image',
    obstacle: () => lacksProgram('fsverity', 'fsverity'),
  },
  erofs: {
    part: 'what fsck.erofs says about the image',
    obstacle: () => lacksProgram('fsck.erofs', 'erofs-utils'),
  },
  agent: {
    part: 'sealing with a key in an SSH agent',
    obstacle: () => lacksProgram('ssh-agent', 'openssh-client'),
  },
  mount: { part: 'mounting it and reading it', obstacle: ({ noMount }) => noMount },
  boot: { part: 'starting what was sealed', obstacle: lacksForBoot },
  sealed: { part: 'a machine under Secure Boot', obstacle: lacksForSealed },
  host: {
    part: 'a host that is upgraded and rolled back',
    obstacle: () => lacksFirmware() || undefined,
  },
};

/**
 * @param {keyof typeof parts} name
 * @param {Conditions} conditions
 * @returns {Skip | undefined} undefined when the part can be done
 */
export function obstacleTo(name, conditions) {
  const { part, obstacle } = parts[name];
  const reason = obstacle(conditions);
  return reason === undefined ? undefined : { part, reason, onlyRoot: isForRootOnly(reason) };
}

/** @returns {Skip[]} what would be skipped */
export function allObstacles(conditions) {
  return Object.keys(parts).flatMap((name) => obstacleTo(name, conditions) ?? []);
}

/** All reasons that mean this begin so. */
function isForRootOnly(reason) {
  return reason.startsWith('needs root');
}

function lacksProgram(program, debianPackage) {
  if (isPresent({ present: program })) return undefined;
  return `${program} is missing (apt-get install ${debianPackage})`;
}

function lacksForSealed(conditions) {
  return lacksForBoot(conditions) ?? (lacksSecureBoot() || undefined);
}

function lacksForBoot({ isOurTree }) {
  if (!isOurTree) return 'ROOTSEAL_DEMO_TREE does not believe the key of this demo';
  return lacksFirmware() || undefined;
}
