/** Reads a unified kernel image, and refuses whatever rootseal would not have made: another section, another order, a gap. */
import { decodeUtf8 } from '../../util/canonical-json.js';
import { FormatError } from '../../util/errors.js';
import type { EfiArchitecture } from '../gpt/identifiers.js';
import { OS_RELEASE_MAX } from '../os-release.js';
import { IMAGE_SUBSYSTEM_EFI_APPLICATION } from '../pe/pe-fields.js';
import { readPe, sectionContent, type PeImage, type PeSection } from '../pe/read-pe.js';
import { signedLineProblem } from '../seal/trust-manifest.js';
import { architectureOfPe, stubVersionOf, type StubVersion } from './stub.js';
import {
  ADDED_SECTIONS,
  characteristicsOf,
  FORMAT,
  isAddedSection,
  REQUIRED_SECTIONS,
  STUB_SECTIONS,
  UKI_SIZE_MAX,
  type UkiSectionName,
  type UkiSections,
} from './uki-sections.js';

export interface Uki {
  readonly image: PeImage;
  readonly architecture: EfiArchitecture;
  /** Not judged here: `stubVersionProblem` does. */
  readonly stubVersion: StubVersion;
  readonly sections: UkiSections;
  readonly commandLine: string;
  /** The kernel's release. */
  readonly release: string;
}

/** @throws {FormatError} naming what is wrong */
export function parseUki(bytes: Uint8Array): Uki {
  if (bytes.length > UKI_SIZE_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${UKI_SIZE_MAX}`);
  const image = readPe(bytes);
  if (image.subsystem !== IMAGE_SUBSYSTEM_EFI_APPLICATION)
    throw new FormatError(FORMAT, 'it is not a program for EFI', { field: 'Subsystem' });
  requireSections(image.sections);
  requireNoGap(image);
  const sections = contentsOf(image);
  return {
    image,
    architecture: architectureOfPe(image),
    stubVersion: stubVersionOf(image),
    sections,
    ...readTexts(sections),
  };
}

/** The stub's own come first, then ours in their order, none twice (`readPe` sees to that). */
function requireSections(sections: readonly PeSection[]): void {
  const names = sections.map(({ name }) => name);
  const own = names.filter(isAddedSection);
  const stubs = names.slice(0, names.length - own.length);
  const stranger = names.find((name) => !isAddedSection(name) && !STUB_SECTIONS.includes(name));
  if (stranger !== undefined)
    throw new FormatError(FORMAT, `section ${stranger} is not one of an image of rootseal's`);
  const missing = REQUIRED_SECTIONS.find((name) => !names.includes(name));
  if (missing !== undefined) throw new FormatError(FORMAT, `section ${missing} is missing`);
  const expected = ADDED_SECTIONS.filter((name) => names.includes(name));
  if (stubs.some(isAddedSection) || own.some((name, index) => name !== expected[index]))
    throw new FormatError(FORMAT, 'the sections are in another order than those of rootseal');
  for (const { name, virtualSize, rawSize, characteristics } of sections) {
    if (name !== '.sbat' && !isAddedSection(name)) continue;
    // A loader would see zeros where a reader of the file sees nothing.
    if (virtualSize > rawSize)
      throw new FormatError(FORMAT, 'it is longer in memory than in the file', { field: name });
    if (name !== '.sbat' && characteristics !== characteristicsOf(name))
      throw new FormatError(FORMAT, 'it has unusual characteristics', { field: name });
  }
}

/** Nothing lies between the added sections, behind them, or in what fills them up. */
function requireNoGap({
  bytes,
  sections,
  fileAlignment,
  endOfSections,
  certificateTable,
}: PeImage): void {
  if (endOfSections !== (certificateTable?.offset ?? bytes.length))
    throw new FormatError(FORMAT, 'there is something behind the last section', {
      offset: endOfSections,
    });
  let end: number | undefined;
  for (const { name, rawOffset, rawSize, virtualSize } of sections) {
    if (isAddedSection(name)) {
      const filler = bytes.subarray(rawOffset + virtualSize, rawOffset + rawSize);
      if ((end !== undefined && rawOffset !== end) || filler.length >= fileAlignment)
        throw new FormatError(FORMAT, 'there is a gap between the sections', { field: name });
      if (filler.some((byte) => byte !== 0))
        throw new FormatError(FORMAT, 'there is something behind its content', { field: name });
    }
    end = rawOffset + rawSize;
  }
}

function contentsOf(image: PeImage): UkiSections {
  const sections = new Map<UkiSectionName, Buffer>();
  for (const name of ['.sbat', ...ADDED_SECTIONS] as const) {
    const content = sectionContent(image, name);
    if (content !== undefined) sections.set(name, content);
  }
  return sections;
}

function readTexts(sections: UkiSections): Pick<Uki, 'commandLine' | 'release'> {
  const get = (name: UkiSectionName): Buffer => sections.get(name) ?? Buffer.alloc(0);
  const commandLine = get('.cmdline').toString('latin1');
  const problem = signedLineProblem(commandLine);
  if (problem !== undefined)
    throw new FormatError(FORMAT, `the command line ${problem}`, { field: '.cmdline' });
  const release = get('.uname').toString('latin1');
  if (!/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,254}$/.test(release))
    throw new FormatError(FORMAT, 'it is not the release of a kernel', { field: '.uname' });
  if (get('.osrel').length > OS_RELEASE_MAX)
    throw new FormatError(FORMAT, `more than ${OS_RELEASE_MAX} bytes`, { field: '.osrel' });
  decodeUtf8(get('.osrel'), FORMAT);
  return { commandLine, release };
}
