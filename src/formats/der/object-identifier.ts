/** OBJECT IDENTIFIER (X.690 8.19), and those that signatures name. */

/** Longest that is read, in bytes. */
const OID_SIZE_MAX = 64;

/** Object identifiers by the names of their specifications. */
export const OID = {
  // RFC 8017, appendix A
  rsaEncryption: '1.2.840.113549.1.1.1',
  sha1WithRSAEncryption: '1.2.840.113549.1.1.5',
  sha256WithRSAEncryption: '1.2.840.113549.1.1.11',
  sha384WithRSAEncryption: '1.2.840.113549.1.1.12',
  sha512WithRSAEncryption: '1.2.840.113549.1.1.13',
  // RFC 2315 and RFC 5652
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  // RFC 4055
  sha256: '2.16.840.1.101.3.4.2.1',
  // RFC 5280
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  // Windows Authenticode Portable Executable Signature Format, version 1.0
  SPC_INDIRECT_DATA: '1.3.6.1.4.1.311.2.1.4',
  SPC_PE_IMAGE_DATA: '1.3.6.1.4.1.311.2.1.15',
} as const;

/** The content of an object identifier as `1.2.840`; undefined when it is none. */
export function decodeOid(content: Uint8Array): string | undefined {
  if (content.length === 0 || content.length > OID_SIZE_MAX) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  let isInside = false;
  for (const octet of content) {
    // X.690 8.19.2: no leading zero digits.
    if (!isInside && octet === 0x80) return undefined;
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    isInside = octet >= 0x80;
    if (isInside) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first] = arcs;
  if (isInside || first === undefined) return undefined;
  const root = first >= 80n ? 2n : first / 40n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

/** The content of an object identifier that is written `1.2.840`. */
export function encodeOid(oid: string): Buffer {
  const [root = 0n, second = 0n, ...rest] = oid.split('.').map(BigInt);
  return Buffer.concat([root * 40n + second, ...rest].map(encodeArc));
}

function encodeArc(arc: bigint): Buffer {
  const digits = [Number(arc & 0x7fn)];
  for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
  return Buffer.from(digits);
}
