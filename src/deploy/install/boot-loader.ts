/** Puts systemd-boot on an ESP: at its own place, and where firmware looks on a disk that it knows nothing about. */
import { replaceFile } from '../boot-loader/durable-esp.js';
import type { InstallImage } from './installable.js';

/** What is there already is replaced. */
export function installBootLoader(boot: string, { loaderFiles }: InstallImage): void {
  const isStarted = ({ path }: { readonly path: string }) => path.startsWith('EFI/BOOT/');
  const others = loaderFiles.filter((file) => !isStarted(file));
  // Last what firmware looks for: without it nothing starts.
  for (const { path, content } of [...others, ...loaderFiles.filter(isStarted)])
    replaceFile(`${boot}/${path}`, content);
}
