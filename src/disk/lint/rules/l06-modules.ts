import { releaseOfKernel } from '../../../formats/kernel-header.js';
import type { ByteString } from '../../../util/bytes.js';
import { FormatError } from '../../../util/errors.js';
import { fault, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { shownPaths } from '../shown-paths.js';

/** Where a kernel says its version. */
const HEADER_SIZE = 1 << 16;
const INDEX_SIZE_MAX = 16 << 20;
const MODULE = /\.ko(?:\.(?:gz|xz|zst))?$/;

export const modules: ReleaseRule = {
  id: 'L06',
  name: 'modules',
  severity: 'error',
  describe: 'modules of another kernel, or a modules.dep that does not list them',
  source: 'rootseal',
  check: async (subject) => {
    const kernel = subject.kernelPaths();
    if (kernel === undefined) return [];
    const version = releaseOfKernel(await subject.files.start(kernel.vmlinuz, HEADER_SIZE));
    const problems: Problem[] = [];
    if (version !== undefined && version !== kernel.release)
      problems.push(
        fault(
          `${kernel.vmlinuz} is Linux ${version}, and would look for modules in /usr/lib/modules/${version}, not in that of ${kernel.release}`,
        ),
      );
    return [...problems, ...(await checkIndex(subject, kernel.release))];
  },
};

async function checkIndex({ whole, files }: ReleaseSubject, release: string): Promise<Problem[]> {
  const folder = `/usr/lib/modules/${release}/`;
  const found = whole.entries
    .filter(({ path, inode }) => inode.kind === 'file' && path.startsWith(folder))
    .map(({ path }) => path.slice(folder.length))
    .filter((path) => MODULE.test(path));
  const index = `${folder}modules.dep`;
  const there = files.resolve(index);
  // A kernel may have everything built in.
  if (there === undefined && found.length === 0) return [];
  if (there?.kind !== 'file')
    return [fault(`${index} is missing: no module is ever loaded; depmod makes it`)];
  const named = await namesIn(files.read(index, INDEX_SIZE_MAX));
  if (named === undefined) return [fault(`${index} is too large`)];
  const unlisted = found.filter((path) => !named.has(path));
  const present = new Set(found);
  const missing = [...named].filter((path) => !present.has(path));
  return [
    ...(unlisted.length === 0
      ? []
      : [fault(`${index} does not list ${shown(unlisted)}: run depmod again`)]),
    ...(missing.length === 0
      ? []
      : [fault(`${index} lists ${shown(missing)}, which the tree does not have`)]),
  ];
}

async function namesIn(reading: Promise<Buffer>): Promise<ReadonlySet<string> | undefined> {
  try {
    const lines = (await reading).toString('latin1').split('\n');
    return new Set(lines.filter((line) => line !== '').map((line) => line.replace(/:.*/, '')));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function shown(paths: readonly string[]): string {
  return shownPaths(paths as readonly ByteString[]);
}
