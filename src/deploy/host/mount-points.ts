/** What is mounted where, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
import fs from 'node:fs';

const MOUNTS_SIZE_MAX = 1 << 22;

/** One mount. */
export interface Mount {
  /** The directory of its file system that is mounted; `/` for all of it. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  /** A device, or whatever else it was mounted from. */
  readonly source: string;
}

/** All mounts that this process sees, in the order in which they were made. */
export function listMounts(): Mount[] {
  const text = fs.readFileSync('/proc/self/mountinfo', 'latin1').slice(0, MOUNTS_SIZE_MAX);
  return text.split('\n').flatMap((line): Mount[] => {
    const [fields = '', rest = ''] = line.split(' - ');
    const [, , , root, point] = fields.split(' ');
    const [type, source] = rest.split(' ');
    if (root === undefined || point === undefined) return [];
    if (type === undefined || source === undefined) return [];
    return [{ root: unescape(root), point: unescape(point), type, source: unescape(source) }];
  });
}

/** Mount points of this type of file system, in the order in which they were mounted. */
export function mountPoints(type: string): string[] {
  return listMounts().flatMap((mount) => (mount.type === type ? [mount.point] : []));
}

/** White space and backslashes are three octal digits there. */
function unescape(word: string): string {
  const bytes = word.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
