/** Extensions of certificates that decide whether a certificate may vouch for another one (RFC 5280 4.2.1). */
import { FormatError } from '../../util/errors.js';
import type { DerReader } from '../der/der-reader.js';
import { DER_TAG } from '../der/der-tags.js';
import { OID } from '../der/object-identifier.js';

/** More are in no certificate that is made for use. */
const EXTENSIONS_MAX = 64;
/** Bit 5 of KeyUsage, counted from the highest. */
const KEY_CERT_SIGN = 0x04;
/** extKeyUsage and netscape-cert-type: for what programs a key is, which firmware does not ask. Debian's authority has the latter. */
const PURPOSES: readonly string[] = ['2.5.29.37', '2.16.840.1.113730.1.1'];

export interface CertificateExtensions {
  /** Whether its key may sign other certificates: basicConstraints says so, and keyUsage, where it is there, too. */
  readonly isAuthority: boolean;
  /** How many authorities may stand between it and a signer's certificate; undefined when it does not say. */
  readonly pathLength: number | undefined;
  /** Whether it has a critical extension that is not understood here. */
  readonly hasUnknownCritical: boolean;
}

/** @param extensions what is inside `[3]`; undefined when the certificate has none */
export function readExtensions(extensions: DerReader | undefined): CertificateExtensions {
  const list = extensions?.sequence('extensions');
  extensions?.end('the extensions');
  const seen = new Set<string>();
  let basic: BasicConstraints = { isAuthority: false, pathLength: undefined };
  let maySignCertificates = true;
  let hasUnknownCritical = false;
  while (list?.isAtEnd === false) {
    const { id, isCritical, value } = readExtension(list);
    if (seen.has(id) || seen.size === EXTENSIONS_MAX)
      throw new FormatError(list.format, `the extension ${id} is one too many`);
    seen.add(id);
    if (id === OID.basicConstraints) basic = readBasicConstraints(value);
    else if (id === OID.keyUsage) maySignCertificates = readKeyUsage(value);
    else if (isCritical && !PURPOSES.includes(id)) hasUnknownCritical = true;
  }
  return {
    isAuthority: basic.isAuthority && maySignCertificates,
    pathLength: basic.pathLength,
    hasUnknownCritical,
  };
}

function readExtension(list: DerReader) {
  const extension = list.sequence('Extension');
  const id = extension.oid('extnID');
  const isCritical = isTrue(extension);
  const value = extension.inside(extension.next(DER_TAG.OCTET_STRING, 'extnValue'));
  extension.end('extnValue');
  return { id, isCritical, value };
}

interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
}

function readBasicConstraints(value: DerReader): BasicConstraints {
  const fields = value.sequence('basicConstraints');
  value.end('basicConstraints');
  const isAuthority = isTrue(fields);
  const pathLength = fields.isAtEnd ? undefined : fields.smallInteger('pathLenConstraint');
  fields.end('pathLenConstraint');
  return { isAuthority, pathLength };
}

function readKeyUsage(value: DerReader): boolean {
  const { content } = value.next(DER_TAG.BIT_STRING, 'keyUsage');
  value.end('keyUsage');
  return ((content[1] ?? 0) & KEY_CERT_SIGN) !== 0;
}

/** BOOLEAN DEFAULT FALSE. */
function isTrue(reader: DerReader): boolean {
  const value = reader.optional(DER_TAG.BOOLEAN);
  if (value !== undefined && value.content.length !== 1)
    throw reader.error('a truth value is one byte', value.offset);
  return value !== undefined && value.content[0] !== 0;
}
