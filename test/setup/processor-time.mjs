/**
 * Loaded into each test file (run-files.mjs): notes at its end how many seconds of processor time it and the children that it
 * waited for have had (proc(5), /proc/pid/stat, fields 14 to 17, in clock ticks of 1/100 s).
 *
 * A test file that mounts starts itself again with execve(2), which keeps the process and what was counted. Its children, which
 * inherit the variable, are other processes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.ROOTSEAL_TEST_PROCESSOR_TIME;
process.env.ROOTSEAL_TEST_PROCESS ??= String(process.pid);

if (file !== undefined && process.env.ROOTSEAL_TEST_PROCESS === String(process.pid))
  process.on('exit', () => {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name of the program, which is field 2, may have blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    writeFileSync(file, String(ticks / 100));
  });
