/**
 * Credentials from outside of a unified kernel image: systemd takes them from the firmware (SMBIOS type 11, fw_cfg of QEMU) whatever is
 * signed, and they can hold units and passwords (systemd.system-credentials(7)).
 */
import { initramfsHas } from './initramfs-search.js';

const SYSTEMD = 'usr/lib/systemd/systemd';
/** What systemd reads as "no" (257, `parse_boolean`). */
const NO = ['0', 'no', 'n', 'false', 'f', 'off'];

/**
 * Says that an initramfs would take such credentials, or nothing.
 *
 * @param initramfs is read only where the words do not say enough
 * @param commandLine all words that are signed with it
 */
export async function credentialsProblem(
  initramfs: () => Promise<Buffer>,
  commandLine: string,
): Promise<string | undefined> {
  if (refusesCredentials(commandLine)) return undefined;
  const hasSystemd = await initramfsHas(await initramfs(), SYSTEMD);
  if (hasSystemd === false) return undefined;
  return `its initramfs ${hasSystemd === true ? 'has' : 'may have'} systemd, which takes credentials from the firmware, such as units and passwords: add systemd.import_credentials=no to /usr/lib/rootseal/kargs.d of the image`;
}

/** The last word counts; systemd takes `-` for `_`, and in an initramfs words with `rd.` before them. */
function refusesCredentials(commandLine: string): boolean {
  const values = commandLine.split(' ').flatMap((word) => {
    const [, value] = /^(?:rd\.)?systemd\.import[-_]credentials(?:=(.*))?$/.exec(word) ?? [];
    return value ?? [];
  });
  return NO.includes(values.at(-1)?.toLowerCase() ?? '');
}
