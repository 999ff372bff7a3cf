/** Puts systemd-boot on an ESP: at its own place, and where firmware looks on a disk that it knows nothing about. */
import { LOADER_CONF } from '../../formats/deployment/boot-entry.js';
import { readWholeContent } from '../../repo/read-tree.js';
import { replaceFile } from '../boot-loader/durable-esp.js';
import type { InstallImage } from './installable.js';

/** What is there already is replaced. */
export async function installBootLoader(
  boot: string,
  { source, loader, architecture }: InstallImage,
): Promise<void> {
  const program = await readWholeContent(source, loader);
  replaceFile(`${boot}/loader/loader.conf`, LOADER_CONF);
  replaceFile(`${boot}/EFI/systemd/systemd-boot${architecture}.efi`, program);
  // Last: without it nothing starts.
  replaceFile(`${boot}/EFI/BOOT/BOOT${architecture.toUpperCase()}.EFI`, program);
}
