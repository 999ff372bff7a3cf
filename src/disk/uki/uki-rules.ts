/** What a pull asks of the unified kernel image of a commit. */
import type { Tree } from '../../formats/tree/model.js';
import { UKI_SIZE_MAX } from '../../formats/uki/uki-sections.js';
import type { UkiRules } from '../../remote/pulled-uki.js';
import { RootsealError } from '../../util/errors.js';
import { findKernel } from '../kernel.js';
import { requireUkiOf } from './compare-uki.js';
import { STUB_SIZE_MAX } from './expected-uki.js';

/** More than os-release, command line, trust manifest, signed policy and signatures have together, in bytes. */
const SMALL_PARTS_MAX = 1 << 24;

export const UKI_RULES: UkiRules = { sizeMax: ukiSizeMax, check: requireUkiOf };

/** Bytes that the image of a commit with this tree has at most. */
function ukiSizeMax(tree: Tree): number {
  return Math.min(UKI_SIZE_MAX, STUB_SIZE_MAX + SMALL_PARTS_MAX + kernelSize(tree));
}

/** Nothing where no such image is possible: `check` says why. */
function kernelSize(tree: Tree): number {
  try {
    const { vmlinuz, initrd } = findKernel(tree, undefined);
    return vmlinuz.size + initrd.size;
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    return 0;
  }
}
