/** What is mounted where, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
import fs from 'node:fs';

const MOUNTS_SIZE_MAX = 1 << 22;

/** Mount points of this type of file system, in the order in which they were mounted. */
export function mountPoints(type: string): string[] {
  const text = fs.readFileSync('/proc/self/mountinfo', 'utf8').slice(0, MOUNTS_SIZE_MAX);
  return text.split('\n').flatMap((line) => {
    const [fields = '', rest = ''] = line.split(' - ');
    const point = fields.split(' ')[4];
    return rest.startsWith(`${type} `) && point !== undefined ? [point] : [];
  });
}
