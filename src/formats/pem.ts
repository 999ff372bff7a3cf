/** The armour of PEM (RFC 7468): what lies between its lines, in base64. */
import { FormatError } from '../util/errors.js';
import { decodeBase64 } from './seal/base64.js';

/** More blocks are in no file that is read. */
const BLOCKS_MAX = 256;
const LINE_LENGTH = 64;

/**
 * The contents of all blocks with this label, in their order; text around them is left out.
 * @throws {FormatError} when one does not end, or is not base64
 */
export function pemBodies(text: string, label: string): Buffer[] {
  const bodies: Buffer[] = [];
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  for (let start = text.indexOf(begin); start >= 0; start = text.indexOf(begin, start)) {
    const from = start + begin.length;
    const to = text.indexOf(end, from);
    const body = to < 0 ? undefined : decodeBase64(text.slice(from, to).replace(/[\r\n\t ]/g, ''));
    if (body === undefined || bodies.length === BLOCKS_MAX)
      throw new FormatError('PEM', `the ${label} armour is damaged`);
    bodies.push(Buffer.from(body));
    start = to;
  }
  return bodies;
}

/** One block, with lines of 64 characters. */
export function printPem(label: string, body: Uint8Array): string {
  const text = Buffer.from(body).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
