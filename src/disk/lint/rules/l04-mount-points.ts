import type { Inode } from '../../../formats/tree/model.js';
import type { ImageFiles } from '../../image-files.js';
import { fault, refusal, type Problem } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { listed } from '../shown-paths.js';

/** The boot program or the kernel mounts something at each. */
const NEEDED = ['/sysroot', '/proc', '/sys', '/dev', '/run', '/etc', '/var'];
/** systemd mounts something there; a system without it starts, and programs fail. */
const WANTED = ['/tmp'];

/** The root is read-only, so none of them can be made later. */
export const mountPoints: StartRule = {
  id: 'L04',
  name: 'mount-points',
  severity: 'error',
  describe: '/sysroot, /proc, /sys, /dev, /run, /etc, /var or /tmp is no directory',
  source: 'docs/formats/boot.md; bootc lint api-base-directories',
  check: ({ files }) => [...check(files, NEEDED, refusal), ...check(files, WANTED, fault)],
};

function check(
  files: ImageFiles,
  paths: readonly string[],
  say: (message: string, code?: 'PATH_NOT_FOUND') => Problem,
): Problem[] {
  const found = paths.map((path) => ({ path, kind: files.at(path)?.kind }));
  const missing = found.filter(({ kind }) => kind === undefined).map(({ path }) => path);
  const problems: Problem[] = [];
  if (missing.length > 0)
    problems.push(
      say(
        `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing; the root is read-only, so the ${missing.length === 1 ? 'directory' : 'directories'} cannot be made later`,
        'PATH_NOT_FOUND',
      ),
    );
  for (const { path, kind } of found)
    if (kind !== undefined && kind !== 'directory')
      problems.push(say(`${path} is not a directory but ${KINDS[kind]}`));
  return problems;
}

const KINDS: Readonly<Record<Exclude<Inode['kind'], 'directory'>, string>> = {
  file: 'a file',
  symlink: 'a symbolic link',
  char: 'a device',
  block: 'a device',
  fifo: 'a fifo',
  socket: 'a socket',
};
