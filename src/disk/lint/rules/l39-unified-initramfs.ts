import { parseUki } from '../../../formats/uki/parse-uki.js';
import { FormatError } from '../../../util/errors.js';
import { unifiedInitramfsProblems } from '../../initramfs/unified-initramfs.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';

const INITRAMFS_SIZE_MAX = 1 << 30;

export const unifiedInitramfs: ReleaseRule = {
  id: 'L39',
  name: 'unified-initramfs',
  severity: 'warning',
  describe: 'an initramfs that does not fit the signed command line of the unified kernel image',
  source: 'rootseal-uki(1)',
  check: async ({ uki, kernelPaths, files }) => {
    const bytes = await uki();
    const paths = kernelPaths();
    if (bytes === undefined || paths === undefined) return [];
    const commandLine = commandLineOf(bytes);
    const size = files.resolve(paths.initrd)?.size ?? 0;
    if (commandLine === undefined || size > INITRAMFS_SIZE_MAX) return [];
    const initramfs = await files.read(paths.initrd, INITRAMFS_SIZE_MAX);
    return (await unifiedInitramfsProblems(initramfs, commandLine)).map(warning);
  },
};

/** Undefined for what is no image at all, which the rule about its stub says. */
function commandLineOf(bytes: Buffer): string | undefined {
  try {
    return parseUki(bytes).commandLine;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
