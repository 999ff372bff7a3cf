import { ESP_SIZE_DEFAULT } from '../../disk-layout.js';
import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';

const GROWTH_MAX_PERCENT = 120;
/** The one that runs, the one before it, and the one that is coming. */
const KEPT = 3;

export const growth: ReleaseRule = {
  id: 'L35',
  name: 'growth',
  severity: 'warning',
  describe: 'contents of more than 120 % of the last release, or three kernels that fill the ESP',
  source: 'bootc issue 2132; systemd issue 39638',
  check: async (subject) => [...checkContents(subject), ...(await checkEsp(subject))],
};

function checkContents({ whole, last }: ReleaseSubject): Problem[] {
  if (last === undefined) return [];
  const now = whole.entries.reduce(
    (sum, { inode, isFurtherName }) =>
      inode.kind === 'file' && !isFurtherName ? sum + inode.size : sum,
    0,
  );
  const before = last.commit.bytes;
  if (before === 0 || now * 100 <= before * GROWTH_MAX_PERCENT) return [];
  const percent = Math.round((now * 100) / before);
  return [warning(`it has ${now} bytes of content, ${percent} % of the last release`)];
}

/** By the size that `disk build` and `install` give an ESP unless they are told otherwise. */
async function checkEsp(subject: ReleaseSubject): Promise<Problem[]> {
  const uki = await subject.uki();
  const size = uki?.length ?? separateSize(subject);
  if (size * KEPT <= ESP_SIZE_DEFAULT) return [];
  const what = uki === undefined ? 'kernel and initramfs have' : 'the unified kernel image has';
  return [
    warning(
      `${what} ${size} bytes: an ESP of ${ESP_SIZE_DEFAULT} bytes does not hold ${KEPT} of them`,
    ),
  ];
}

function separateSize({ files, kernelPaths }: ReleaseSubject): number {
  const paths = kernelPaths();
  if (paths === undefined) return 0;
  return (files.resolve(paths.vmlinuz)?.size ?? 0) + (files.resolve(paths.initrd)?.size ?? 0);
}
