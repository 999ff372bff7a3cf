/** What is wrong with an initramfs in a unified kernel image, where no machine can add words to what is signed. */
import { initramfsHas } from './read-initramfs.js';

const SYSTEMD = 'usr/lib/systemd/systemd';
/** Every initramfs of initramfs-tools(7) has it, and no other one. */
const INITRAMFS_TOOLS = 'scripts/functions';
const KARGS = '/usr/lib/rootseal/kargs.d of the image';
/** What systemd reads as "no" (257, `parse_boolean`). */
const NO = ['0', 'no', 'n', 'false', 'f', 'off'];

/**
 * One sentence each.
 * @param commandLine all words that are signed with it
 */
export async function unifiedInitramfsProblems(
  initramfs: Buffer,
  commandLine: string,
): Promise<readonly string[]> {
  const words = commandLine.split(' ');
  if ((await initramfsHas(initramfs, INITRAMFS_TOOLS)) === true)
    return [
      'its initramfs is one of initramfs-tools, which finds no root partition without root=, and no image can ask for that: machines do not start from it; take dracut, or rootseal initramfs build',
    ];
  const wanted = systemdWords(words);
  const hasSystemd = wanted.length > 0 && (await initramfsHas(initramfs, SYSTEMD));
  if (hasSystemd === false) return [];
  const having = `its initramfs ${hasSystemd === true ? 'has' : 'may have'} systemd, which`;
  return wanted.map((does) => `${having} ${does}`);
}

/** What systemd does that these words do not prevent. */
function systemdWords(words: readonly string[]): readonly string[] {
  const credentials = `takes credentials from the firmware, such as units and passwords: add systemd.import_credentials=no to ${KARGS}`;
  const readOnly = `mounts the root partition read-only, where nothing can be changed and no /etc be written: add rw to ${KARGS}`;
  return [
    ...(refusesCredentials(words) ? [] : [credentials]),
    ...(isWritable(words) ? [] : [readOnly]),
  ];
}

/**
 * systemd takes credentials from outside of the image (SMBIOS type 11, fw_cfg of QEMU) whatever is signed, and they can hold units and
 * passwords (systemd.system-credentials(7)). The last word counts; it takes `-` for `_`, and in an initramfs words with `rd.` before them.
 */
function refusesCredentials(words: readonly string[]): boolean {
  const values = words.flatMap((word) => {
    const [, value] = /^(?:rd\.)?systemd\.import[-_]credentials(?:=(.*))?$/.exec(word) ?? [];
    return value ?? [];
  });
  return NO.includes(values.at(-1)?.toLowerCase() ?? '');
}

/** The last of both counts; without, the root is read-only (systemd-gpt-auto-generator(8)). */
function isWritable(words: readonly string[]): boolean {
  return words.findLast((word) => word === 'rw' || word === 'ro') === 'rw';
}
