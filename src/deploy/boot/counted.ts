/** Whether the boot loader counts the running boot as a try (systemd.io/AUTOMATIC_BOOT_ASSESSMENT, systemd-boot 257). */
import fs from 'node:fs';

/** Set by the boot loader when it has lowered the counter of the entry that it starts. */
const BOOT_COUNT_PATH =
  '/sys/firmware/efi/efivars/LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/** It stays so after the boot has been blessed, and after a soft reboot. */
export function isBootCounted(variable = BOOT_COUNT_PATH): boolean {
  return fs.existsSync(variable);
}
