import type { TrustFile } from '../../../formats/seal/trust-manifest.js';
import { fromText } from '../../../util/bytes.js';
import { RootsealError } from '../../../util/errors.js';
import { readTrustFiles } from '../image-trust.js';
import { fault, warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { shownPaths } from '../shown-paths.js';

const POLICIES = ['etc/rootseal/setup-root.conf', 'usr/lib/rootseal/setup-root.conf'];
const TRUST = /^(?:etc|usr\/lib)\/rootseal\/(?:keys\.d\/[^./][^/]*\.pub|revoked\.d\/[^./][^/]*)$/;

/** Whether a file of an initramfs says whom it trusts, by its path without a leading slash. */
export function saysTrust(path: string): boolean {
  return POLICIES.includes(path) || TRUST.test(path);
}

export const trustInInitramfs: ReleaseRule = {
  id: 'L09',
  name: 'initramfs',
  severity: 'error',
  describe: 'an initramfs with another policy, other keys or revocations than the tree',
  source: 'docs/formats/policy.md',
  check: async ({ files, initramfs }) => {
    const look = await initramfs();
    if (look.kind === 'none') return [];
    if (look.kind === 'unreadable')
      return [warning(`the initramfs cannot be compared with the tree: ${look.why}`)];
    const own = await trustOf(() => readTrustFiles(files));
    // Rules about policy and keys say it.
    if (own === undefined) return [];
    const packed = trustIn(look.files);
    const paths = new Set([...own.keys(), ...packed.keys()]);
    const differing = [...paths].filter((path) => {
      const [a, b] = [own.get(path), packed.get(path)];
      return a === undefined || b === undefined || !Buffer.from(a).equals(b);
    });
    return differing.length === 0
      ? []
      : [
          fault(
            `the initramfs and the tree do not agree on ${shownPaths(differing.sort().map(fromText))}: the old ones decide at boot; make the initramfs again`,
          ),
        ];
  },
};

async function trustOf(
  read: () => ReturnType<typeof readTrustFiles>,
): Promise<Map<string, Uint8Array> | undefined> {
  try {
    const { policy, keys, revocations } = await read();
    const all: readonly TrustFile[] = [
      ...(policy === undefined ? [] : [policy]),
      ...keys,
      ...revocations,
    ];
    return new Map(all.map(({ path, content }) => [path, content]));
  } catch (error) {
    if (error instanceof RootsealError) return undefined;
    throw error;
  }
}

/** By absolute path; of two policies the one that counts. */
function trustIn(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const policy = POLICIES.find((path) => files.has(path));
  return new Map(
    [...files]
      .filter(([path]) => (POLICIES.includes(path) ? path === policy : saysTrust(path)))
      .map(([path, content]) => [`/${path}`, content]),
  );
}
