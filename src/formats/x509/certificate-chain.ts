/** From the certificate of a signer to one that is trusted. */
import type { Certificate } from './certificate.js';
import { isIssuedBy } from './rsa-signature.js';

/** How many certificates may stand between the two. */
const CHAIN_MAX = 8;

/**
 * The certificate of `trusted` that vouches for `signer`: it is the same, or has issued it, or one that has. As firmware does
 * (EDK II, `X509_V_FLAG_PARTIAL_CHAIN` and no check of time), any certificate can be trusted, not only roots; and dates do not count,
 * because a machine that boots has no clock that could be believed.
 *
 * @param between certificates that came with the signature
 */
export function trustedFor(
  signer: Certificate,
  between: readonly Certificate[],
  trusted: readonly Certificate[],
): Certificate | undefined {
  const same = trusted.find(({ der }) => der.equals(signer.der));
  if (same !== undefined) return same;
  if (signer.hasUnknownCritical) return undefined;
  const unused = new Set(between);
  let level: readonly Certificate[] = [signer];
  for (let below = 0; level.length > 0 && below < CHAIN_MAX; below += 1) {
    const above: Certificate[] = [];
    for (const certificate of level) {
      const anchor = trusted.find((issuer) => isIssuedBy(certificate, issuer, below));
      if (anchor !== undefined) return anchor;
      for (const issuer of unused) {
        if (!isIssuedBy(certificate, issuer, below)) continue;
        unused.delete(issuer);
        above.push(issuer);
      }
    }
    level = above;
  }
  return undefined;
}
