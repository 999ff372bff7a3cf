/** Makes a unified kernel image, byte for byte as `ukify build` of systemd 257.13 does with the same parts. */
import { signedLineProblem } from '../seal/trust-manifest.js';
import { alignUp } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import {
  addSections,
  headWithSections,
  type AddOptions,
  type NewSection,
} from '../pe/add-sections.js';
import { IMAGE_DLLCHARACTERISTICS_NX_COMPAT } from '../pe/pe-fields.js';
import { readPe, sectionContent, type PeImage } from '../pe/read-pe.js';
import { withoutSignature } from '../pe/unsigned.js';
import { mergeSbat, UKI_SBAT } from './sbat.js';
import type { Uki } from './parse-uki.js';
import { requireStub } from './stub.js';
import {
  ADDED_SECTIONS,
  characteristicsOf,
  FORMAT,
  UKI_SIZE_MAX,
  type UkiSectionName,
  type UkiSections,
} from './uki-sections.js';

/** What an image is made of. */
export interface UkiParts {
  /** systemd-stub, not signed. */
  readonly stub: Uint8Array;
  /** os-release */
  readonly osrel: Uint8Array;
  /** The command line, without a newline. */
  readonly cmdline: string;
  /** The kernel's release. */
  readonly uname: string;
  readonly linux: Uint8Array;
  readonly initrd: Uint8Array;
  /** Added to what stub and kernel say; default: what ukify says of images. */
  readonly sbat?: string;
  /** The public key of `.pcrsig`, PEM. */
  readonly pcrpkey?: Uint8Array | undefined;
  /** JSON of `encodePcrSignatures`. */
  readonly pcrsig?: Uint8Array | undefined;
}

/** The pieces of an initramfs one behind the other, each but a single one filled up to 4 bytes, as ukify does. */
export function joinInitrds(pieces: readonly Uint8Array[]): Buffer {
  const [first, second] = pieces;
  if (first !== undefined && second === undefined) return view(first);
  const size = pieces.reduce((sum, { length }) => sum + alignUp(length, 4), 0);
  const joined = Buffer.alloc(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += alignUp(piece.length, 4);
  }
  return joined;
}

/**
 * @throws {FormatError} when a part is malformed, or all of it is too large
 * @throws {RootsealError} UNSUPPORTED for a stub that is not used
 */
export function encodeUki(parts: UkiParts): Buffer {
  const { sections, options } = additionsOf(parts);
  return addSections(parts.stub, sections, options);
}

function additionsOf(parts: UkiParts): {
  readonly sections: readonly NewSection[];
  readonly options: AddOptions;
} {
  const kernel = requireKernel(parts.linux, readPe(parts.stub));
  const contents = sectionsOf(parts);
  const total = [...contents.values()].reduce((sum, { length }) => sum + length, 0);
  if (total > UKI_SIZE_MAX - parts.stub.length - 65536)
    throw new FormatError(FORMAT, `${total} bytes of content, more than fit into ${UKI_SIZE_MAX}`);
  const order: readonly UkiSectionName[] = ['.sbat', ...ADDED_SECTIONS];
  const sections = order.flatMap((name): NewSection[] => {
    const content = contents.get(name);
    if (content === undefined) return [];
    return [{ name, content, characteristics: characteristicsOf(name) }];
  });
  const nxCompat = (kernel.dllCharacteristics & IMAGE_DLLCHARACTERISTICS_NX_COMPAT) !== 0;
  return { sections, options: { nxCompat } };
}

/**
 * Whether an image, signed or not, is what `encodeUki` makes of its own contents with this stub. Only the stub's part is made for it.
 * @throws {FormatError} when the stub is malformed
 * @throws {RootsealError} UNSUPPORTED for a stub that is not used
 */
export function isUnsignedUkiOf(
  { image, sections: contents, commandLine: cmdline, release: uname }: Uki,
  stub: Uint8Array,
): boolean {
  const get = (name: UkiSectionName): Buffer => contents.get(name) ?? Buffer.alloc(0);
  const { sections, options } = additionsOf({
    ...{ stub, cmdline, uname },
    osrel: get('.osrel'),
    linux: get('.linux'),
    initrd: get('.initrd'),
    pcrpkey: contents.get('.pcrpkey'),
    pcrsig: contents.get('.pcrsig'),
  });
  // Behind the stub's part there is nothing but the contents: `parseUki` has seen to that.
  const head = headWithSections(stub, sections, options);
  return head.equals(withoutSignature(image, head.length));
}

/**
 * What will be in the sections.
 * @throws {FormatError} when a part is malformed
 */
export function sectionsOf(parts: UkiParts): UkiSections {
  const problem = signedLineProblem(parts.cmdline);
  if (problem !== undefined) throw new FormatError(FORMAT, `the command line ${problem}`);
  const sections = new Map<UkiSectionName, Buffer>([
    ['.osrel', view(parts.osrel)],
    ['.cmdline', Buffer.from(parts.cmdline, 'latin1')],
    ['.uname', Buffer.from(parts.uname, 'latin1')],
    ['.linux', view(parts.linux)],
    ['.initrd', view(parts.initrd)],
    ['.sbat', sbatOf(parts)],
  ]);
  if (parts.pcrpkey !== undefined) sections.set('.pcrpkey', view(parts.pcrpkey));
  if (parts.pcrsig !== undefined) sections.set('.pcrsig', view(parts.pcrsig));
  for (const [name, { length }] of sections)
    if (length === 0) throw new FormatError(FORMAT, 'the section would be empty', { field: name });
  return sections;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sbatOf({ stub, linux, sbat = UKI_SBAT }: UkiParts): Buffer {
  const image = readPe(stub);
  requireStub(image);
  const own = sectionContent(image, '.sbat');
  const kernels = sectionContent(readPe(linux), '.sbat');
  return mergeSbat([own, kernels, Buffer.from(sbat)].flatMap((text) => text ?? []));
}

/** @throws {FormatError} when the kernel is not a program for EFI of the stub's machine */
function requireKernel(linux: Uint8Array, stub: PeImage): PeImage {
  const kernel = readKernel(linux);
  if (kernel.machine === stub.machine) return kernel;
  throw new FormatError(FORMAT, 'kernel and stub are for different machines', { field: '.linux' });
}

function readKernel(linux: Uint8Array): PeImage {
  try {
    return readPe(linux);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      FORMAT,
      'the kernel is not a program for EFI',
      { field: '.linux' },
      error,
    );
  }
}
