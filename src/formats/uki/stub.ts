/** The program that a unified kernel image begins with: systemd-stub. */
import { ELF_MACHINES, type EfiArchitecture } from '../gpt/identifiers.js';
import { IMAGE_SUBSYSTEM_EFI_APPLICATION } from '../pe/pe-fields.js';
import { sectionContent, type PeImage } from '../pe/read-pe.js';
import { FormatError, RootsealError } from '../../util/errors.js';
import { FORMAT, STUB_SECTIONS } from './uki-sections.js';

/** What a stub says of itself in `.sdmagic`. */
export interface StubVersion {
  /** As it stands there, such as `257.13-1~deb13u1`. */
  readonly text: string;
  /** systemd's version. */
  readonly major: number;
}

/** The first version whose sections and measurements are those that are computed here. */
export const STUB_VERSION_MIN = 257;
/**
 * From 261 on, the stub unpacks an initramfs that an unsigned boot entry names before that of the image, with Secure Boot on, too:
 * whoever writes to the ESP takes over PID 1.
 */
export const STUB_VERSION_MAX = 260;

/** IMAGE_FILE_MACHINE_* of the architectures that EFI is for. */
const MACHINES: Readonly<Record<number, EfiArchitecture>> = {
  0x014c: 'ia32',
  0x8664: 'x64',
  0xaa64: 'aa64',
  0x5064: 'riscv64',
  0x6264: 'loongarch64',
};
const MAGIC =
  /^#### LoaderInfo: systemd-stub (([0-9]{1,4})(?:[.~^+-][0-9A-Za-z.~^+:-]{0,100})?) ####\0*$/;

/** @throws {RootsealError} UNSUPPORTED for a machine that is none of ELF's known ones either */
export function architectureOfPe({ machine }: PeImage): EfiArchitecture {
  const architecture = MACHINES[machine];
  if (architecture !== undefined && Object.values(ELF_MACHINES).includes(architecture))
    return architecture;
  throw new RootsealError('UNSUPPORTED', `PE machine 0x${machine.toString(16)} is not known`);
}

/** @throws {FormatError} when the file does not say that it is a stub of systemd */
export function stubVersionOf(image: PeImage): StubVersion {
  const magic = sectionContent(image, '.sdmagic')?.toString('latin1') ?? '';
  const [, text, major] = MAGIC.exec(magic) ?? [];
  if (text !== undefined && major !== undefined) return { text, major: Number(major) };
  throw new FormatError(
    FORMAT,
    'the stub does not say that it is systemd-stub, and of which version',
    {
      field: '.sdmagic',
    },
  );
}

/** Says why a stub of this version is not used, or nothing. */
export function stubVersionProblem({ text, major }: StubVersion): string | undefined {
  if (major > STUB_VERSION_MAX)
    return `the stub is systemd-stub ${text}: from ${STUB_VERSION_MAX + 1} on, an unsigned boot entry puts an initramfs before that of the image`;
  if (major < STUB_VERSION_MIN)
    return `the stub is systemd-stub ${text}; rootseal knows ${STUB_VERSION_MIN} to ${STUB_VERSION_MAX}`;
  return undefined;
}

/**
 * @throws {FormatError} when a section is there that no stub of systemd has
 * @throws {RootsealError} UNSUPPORTED for a version that is not used
 */
export function requireStub(image: PeImage): StubVersion {
  if (image.subsystem !== IMAGE_SUBSYSTEM_EFI_APPLICATION)
    throw new FormatError(FORMAT, 'the stub is not a program for EFI', { field: 'Subsystem' });
  const stranger = image.sections.find(({ name }) => !STUB_SECTIONS.includes(name));
  if (stranger !== undefined)
    throw new FormatError(FORMAT, `the stub has a section ${stranger.name}`);
  const version = stubVersionOf(image);
  const problem = stubVersionProblem(version);
  if (problem === undefined) return version;
  throw new RootsealError('UNSUPPORTED', problem, {
    details: { stubVersion: version.text },
    hint: 'Debian 13 has a stub of version 257 in its package systemd-boot-efi; name it with --stub FILE',
  });
}
