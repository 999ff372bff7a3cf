/** The machines that packages are made for: what Debian, Node and compilers call them. */
import { execFileSync } from 'node:child_process';

const ARCHITECTURES = {
  amd64: { node: 'x64', triplet: 'x86_64-linux-gnu', musl: 'x86_64-linux-musl' },
  arm64: { node: 'arm64', triplet: 'aarch64-linux-gnu', musl: 'aarch64-linux-musl' },
};

export const ARCHITECTURE_NAMES = Object.keys(ARCHITECTURES);

/**
 * @param {string} [name] Debian's name; that of this machine by default
 * @returns {{ name: string, node: string, triplet: string, musl: string, isThisMachine: boolean }}
 */
export function architectureOf(name) {
  const native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  const wanted = name ?? native;
  if (!Object.hasOwn(ARCHITECTURES, wanted))
    throw new Error(`no packages are made for ${wanted}; for ${ARCHITECTURE_NAMES.join(' and ')}`);
  return { name: wanted, ...ARCHITECTURES[wanted], isThisMachine: wanted === native };
}
