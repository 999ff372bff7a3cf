/** Puts systemd-boot on an ESP: at its own place, and where firmware looks on a disk that it knows nothing about. */
import fs from 'node:fs';
import path from 'node:path';
import { LOADER_CONF } from '../../formats/deployment/boot-entry.js';
import { syncDirectory } from '../../repo/durable.js';
import { readContent } from '../../repo/read-tree.js';
import type { InstallImage } from './image.js';

/** What is there already is replaced. */
export async function installBootLoader(
  boot: string,
  { source, loader, architecture }: InstallImage,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of readContent(source, loader)) chunks.push(chunk);
  const program = Buffer.concat(chunks);
  replaceFile(boot, 'loader/loader.conf', Buffer.from(LOADER_CONF));
  replaceFile(boot, `EFI/systemd/systemd-boot${architecture}.efi`, program);
  // Last: without it nothing starts.
  replaceFile(boot, `EFI/BOOT/BOOT${architecture.toUpperCase()}.EFI`, program);
}

/** FAT has no journal: the file is flushed before it has its name. */
function replaceFile(boot: string, relative: string, content: Uint8Array): void {
  const file = `${boot}/${relative}`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const fd = fs.openSync(`${file}.new`, 'w', 0o644);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(`${file}.new`, file);
  syncDirectory(path.dirname(file));
  syncDirectory(boot);
}
