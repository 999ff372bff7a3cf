/**
 * Reasons to skip a test that do not fail a run with CI=true: things that the machine cannot do at all, so that no
 * package of its Debian release and no privilege would help. An entry counts only where `applies` finds that true here.
 */
import { existsSync } from 'node:fs';

export const allowedSkips = [
  {
    reason: /User Mode Linux is for x86-64/,
    why: 'the machine is of another architecture',
    applies: () => process.arch !== 'x64',
  },
  {
    reason: /this host has fs-verity/,
    why: 'the test is about kernels without fs-verity',
    applies: () => existsSync('/sys/fs/ext4/features/verity'),
  },
  {
    reason: /needs \/dev\/fuse/,
    why: 'the kernel has no FUSE',
    applies: () => !existsSync('/dev/fuse'),
  },
];

/** The entry that allows a skip for this reason on this machine, or undefined. */
export function allowedSkip(reason) {
  return allowedSkips.find((entry) => entry.reason.test(reason) && entry.applies());
}
