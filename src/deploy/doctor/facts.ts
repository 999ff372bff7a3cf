/** What was found out about a machine, before anything is made of it. */

/** Whether something was tried, and what came of it. */
export type Tried = 'works' | 'refused' | 'not tried';

/** Where the kernel has something: in it or loaded; in a module that is not loaded; nowhere. */
export type Presence = 'there' | 'module' | 'absent';

export interface Facts {
  /** As `uname -r` prints it. */
  readonly kernel: string;
  readonly isRoot: boolean;
  readonly erofs: Presence;
  readonly overlay: Presence;
  readonly vfat: Presence;
  readonly loop: Presence;
  /** Encrypted devices. */
  readonly dmCrypt: Presence;
  /** overlayfs with `verity=require` (Linux 6.6). */
  readonly overlayVerity: Tried;
  /** overlayfs with data-only lower layers of their own (Linux 6.8). */
  readonly overlayDataLayers: Tried;
  /** EROFS from a file, without a loop device (Linux 6.12). */
  readonly erofsFile: Tried;
  /** The directory that was asked about: of the repository, or for temporary files. */
  readonly place: string;
  /** Name of its file system. */
  readonly fileSystem: string;
  /** Whether the kernel does fs-verity there. */
  readonly verity: boolean;
  /** Bytes that may be written there. */
  readonly free: number;
  /** Whether the firmware is UEFI, and started this system. */
  readonly uefi: boolean;
  /** Undefined where the firmware does not say. */
  readonly secureBoot: boolean | undefined;
  /** Version of the first TPM. */
  readonly tpm: number | undefined;
  /** Mount point of the EFI system partition. */
  readonly esp: string | undefined;
  /** Whether systemd runs the system. */
  readonly systemd: boolean;
  readonly node: string;
  /** Version of systemd-cryptenroll; undefined when it is not installed, or does not say. */
  readonly cryptenroll: number | undefined;
  /** Names of the programs that were looked for and are not installed. */
  readonly missingPrograms: ReadonlySet<string>;
  /** Packages that the tests of this checkout want; undefined when this is not a checkout. */
  readonly testPackages: readonly TestPackage[] | undefined;
}

export interface TestPackage {
  readonly package: string;
  /** What is lost without it. */
  readonly lost: string;
  readonly isInstalled: boolean;
}
