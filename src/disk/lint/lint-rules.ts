/** Rules about the files of an image: what the boot program and the started system need of it (docs/formats/boot.md). */
import { findKernelPaths } from '../kernel-paths.js';
import { RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { lintError, lintWarning, type LintFinding } from './lint-finding.js';

/** The root is read-only, so none of them can be made later. */
const MOUNT_POINTS = ['/sysroot', '/proc', '/sys', '/dev', '/run', '/etc', '/var'];

export function checkMountPoints(files: ImageFiles): LintFinding[] {
  const found = MOUNT_POINTS.map((path) => ({ path, kind: files.at(path)?.kind }));
  const missing = found.filter(({ kind }) => kind === undefined).map(({ path }) => path);
  const findings: LintFinding[] = [];
  if (missing.length > 0)
    findings.push(
      lintError(
        'mount-points',
        `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing; the root is read-only, so the ${missing.length === 1 ? 'directory' : 'directories'} cannot be made later`,
        'PATH_NOT_FOUND',
      ),
    );
  for (const { path, kind } of found)
    if (kind !== undefined && kind !== 'directory')
      findings.push(lintError('mount-points', `${path} is not a directory but ${KINDS[kind]}`));
  return findings;
}

const KINDS = {
  file: 'a file',
  symlink: 'a symbolic link',
  char: 'a device',
  block: 'a device',
  fifo: 'a fifo',
  socket: 'a socket',
} as const;

const UNITS = '/usr/lib/systemd/system';

/**
 * A system that changes its deployments, and says that its boots are good, needs its ESP. systemd mounts it at /efi, or at an empty
 * /boot (systemd-gpt-auto-generator(8)).
 */
export function checkEspPlace(files: ImageFiles): LintFinding[] {
  const needsEsp = files
    .names(UNITS)
    .some(
      (name) => name === 'rootseal-boot-complete.service' || name === 'rootseal-upgrade.service',
    );
  const isDirectory = (path: string) => files.at(path)?.kind === 'directory';
  if (!needsEsp || isDirectory('/efi') || isDirectory('/boot/efi')) return [];
  if (!isDirectory('/boot'))
    return [
      lintError(
        'esp',
        '/efi is missing: the EFI system partition is mounted nowhere, so no boot is ever found good and no upgrade can be made',
        'PATH_NOT_FOUND',
      ),
    ];
  return files.rawNames('/boot').length === 0
    ? []
    : [
        lintWarning(
          'esp',
          '/efi is missing and /boot is not empty: the EFI system partition is mounted only if /etc/fstab says so',
        ),
      ];
}

const INIT = '/sbin/init';

export function checkInit(files: ImageFiles): LintFinding[] {
  const init = files.resolve(INIT);
  if (init === undefined)
    return [
      lintError('no-init', `${INIT} is missing: there is nothing to start`, 'PATH_NOT_FOUND'),
    ];
  if (init.kind !== 'file') return [lintError('no-init', `${INIT} is not a program`)];
  return (init.mode & 0o111) === 0
    ? [lintError('no-init', `${INIT} cannot be executed: its mode lacks the permission`)]
    : [];
}

/** @param asked release of the kernel, where there are several */
export function checkKernel(files: ImageFiles, asked: string | undefined): LintFinding[] {
  try {
    findKernelPaths(files, asked);
    return [];
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    return [lintError('kernel', error.message, error.code)];
  }
}

const MACHINE_ID = '/etc/machine-id';
const SMALL_FILE_MAX = 1 << 20;

export async function checkMachineId(files: ImageFiles): Promise<LintFinding[]> {
  const text = await readSmall(files, MACHINE_ID);
  // systemd takes "uninitialized" for an identity that is still to be made (machine-id(5)).
  if (text === undefined || ['', 'uninitialized'].includes(text.trim())) return [];
  return [lintWarning('machine-id', `${MACHINE_ID} is set: all machines would share it`)];
}

const FSTAB = '/etc/fstab';

export async function checkFstab(files: ImageFiles): Promise<LintFinding[]> {
  const text = (await readSmall(files, FSTAB)) ?? '';
  const mountsRoot = text
    .split('\n')
    .map((line) => line.trim())
    .some((line) => !line.startsWith('#') && line.split(/\s+/)[1] === '/');
  return mountsRoot
    ? [lintWarning('fstab-root', `${FSTAB} mounts /, which is mounted already, read-only`)]
    : [];
}

/** Undefined when there is no such file, or nothing that one would read. */
async function readSmall(files: ImageFiles, path: string): Promise<string | undefined> {
  const found = files.resolve(path);
  if (found?.kind !== 'file' || found.size > SMALL_FILE_MAX) return undefined;
  return (await files.read(path, SMALL_FILE_MAX)).toString('latin1');
}

function listed(paths: readonly string[]): string {
  return paths.length < 2
    ? paths.join('')
    : `${paths.slice(0, -1).join(', ')} and ${paths.at(-1) ?? ''}`;
}
